// Several threads, where the service worker has had the page isolated: from the second visit on.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import sirv from "sirv";
import {
  button,
  choose,
  curve,
  expect,
  open,
  snapshot,
  test,
  untilStep,
  watchCards,
  cards,
} from "./fixtures.ts";

const STEPS = 4;

// Each further thread is a worker too, which the page's guard takes for one that replaces a dead one.
test.use({ serviceWorkers: "allow", tolerated: /worker has died/i });

test("threads compute what one thread computes, bit for bit", async ({
  page,
}) => {
  await watchCards(page);
  await open(page);
  const isolated = () => page.evaluate(() => crossOriginIsolated);
  const threads = await page.evaluate(() => navigator.hardwareConcurrency);
  test.skip(threads < 2, "this machine has one processor");
  expect(await isolated()).toBe(false);
  const methods = (await cards(page)).filter(({ id }) =>
    ["simclr", "byol", "cpc"].includes(id),
  );
  expect(methods).toHaveLength(3);
  const curves = async (name: RegExp) => {
    const all: Record<string, number[]> = {};
    for (const card of methods) {
      await choose(page, card);
      all[card.id] = await curve(page, STEPS);
      expect((await snapshot(page)).error).toBeNull();
    }
    await expect(page.getByText(name).first()).toBeVisible();
    return all;
  };
  const alone = await curves(/CPU, one thread/);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await open(page);
  expect(await isolated()).toBe(true);
  expect(await curves(/CPU, \d+ threads/)).toEqual(alone);
});

test("a thread that dies is told, and the run goes on", async ({ page }) => {
  const threads = await page.evaluate(() => navigator.hardwareConcurrency);
  test.skip(threads < 2, "this machine has one processor");
  const dist = resolve(import.meta.dirname, "../../www/dist");
  const files = sirv(dist);
  // A host that isolates the page itself, and whose further threads die at once, the first time:
  // each thread asks for the script anew.
  let asked = 0;
  const server = createServer(async (request, response) => {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (!request.url!.endsWith(".js")) return files(request, response);
    const script = await readFile(join(dist, request.url!), "utf8");
    const kill = (call: string) =>
      asked++ < Math.min(threads, 8)
        ? '(()=>{throw new Error("killed by the test")})()'
        : call;
    response.setHeader("Content-Type", "text/javascript");
    response.setHeader("Cache-Control", "no-store");
    response.end(script.replace(/\w+\.run_thread\(\)/, kill));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/?set=shapes&shapes.count=64`);
  await expect(page.getByText(/killed by the test/).first()).toBeVisible();
  await button(page, "Play").click();
  await untilStep(page, 3);
  await expect(page.getByText(/CPU, \d+ threads/).first()).toBeVisible();
  server.close();
});
