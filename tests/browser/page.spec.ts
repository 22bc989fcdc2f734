// The page around the training: address, keyboard, recovery, place, and a free main thread.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";
import { resolve } from "node:path";
import {
  button,
  expect,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  untilStep,
} from "./fixtures.ts";

test("the address holds the settings, over a reload", async ({ page }) => {
  await open(page, { ...TINY, method: "vicreg", seed: 7, "train.batch": 12 });
  expect(await snapshot(page)).toMatchObject({ method: "vicreg", seed: 7 });
  await page.getByRole("radio", { name: "SimCLR" }).check({ force: true });
  await expect.poll(async () => (await snapshot(page)).method).toBe("simclr");
  await expect(page).not.toHaveURL(/method=vicreg/);
  await expect(page).toHaveURL(/seed=7/);
  await page.reload();
  await expect(button(page, "Play")).toBeEnabled();
  expect(await snapshot(page)).toMatchObject({
    method: "simclr",
    seed: 7,
    images: 64,
  });
});

test("a setting that cannot be is refused in words, and the page goes on", async ({
  page,
}) => {
  await open(page, { ...TINY, "train.batch": 1 });
  await expect(page.getByText(/train\.batch: 1 is not/).first()).toBeVisible();
  await train(page, 2);
});

test("keys: Space plays and pauses, the full stop steps, R resets", async ({
  page,
}) => {
  await open(page);
  await page.locator("body").press("Space");
  await untilStep(page, 1);
  await page.locator("body").press("Space");
  await untilState(page, "paused");
  const { step } = await snapshot(page);
  await page.locator("body").press(".");
  await expect.poll(async () => (await snapshot(page)).step).toBe(step + 1);
  await page.locator("body").press("r");
  await expect.poll(async () => (await snapshot(page)).step).toBe(0);
});

test.describe("a dead worker", () => {
  test.use({ tolerated: /killed by the test|worker has died/ });

  test("is told, and another goes on from the last checkpoint", async ({
    page,
  }) => {
    await open(page);
    const checkpoint = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          window.twoviews.on("checkpoint", ({ step }) => resolve(step));
        }),
    );
    await button(page, "Play").click();
    const kept = await checkpoint;
    expect(kept).toBeGreaterThan(0);
    const [worker] = page.workers();
    const resumed = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          window.twoviews.on("ready", () => {
            window.twoviews.on("stepped", ({ losses }) => {
              if (losses.length > 0) resolve(losses[0].step);
            });
          });
        }),
    );
    // As a panic does: an error that nothing catches.
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new Error("killed by the test");
      });
    });
    expect(await resumed).toBeGreaterThan(kept);
    await expect(page.getByText(/killed by the test/).first()).toBeVisible();
    expect(page.workers()).not.toContain(worker);
    const { step } = await snapshot(page);
    await untilStep(page, step + 5);
  });
});

test("works from any folder of a server", async ({ page }) => {
  const files = sirv(resolve(import.meta.dirname, "../../www/dist"), {
    etag: true,
  });
  const server = createServer((request, response) => {
    const path = request.url!.replace(/^\/some\/folder(?=\/)/, "");
    if (path === request.url) return response.writeHead(404).end();
    files(Object.assign(request, { url: path }), response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const query = new URLSearchParams(
    Object.entries(TINY).map(([path, value]) => [path, String(value)]),
  );
  const wasm = page.waitForResponse(/\.wasm$/);
  await page.goto(`http://127.0.0.1:${port}/some/folder/?${query}`);
  expect((await wasm).headers()["content-type"]).toBe("application/wasm");
  await train(page, 2);
  server.close();
});

test("training leaves the page's thread free", async ({ page, browser }) => {
  await open(page, {});
  await train(page, 5);
  // Time that the thread computed, not time that passed: how busy the machine is does not count.
  await browser.startTracing(page, {
    categories: ["toplevel", "devtools.timeline"],
  });
  await train(page, 65);
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const events: Event[] = trace.traceEvents;
  const threads = events
    .filter(
      ({ name, args }) =>
        name === "thread_name" && args.name === "CrRendererMain",
    )
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = events
    .filter(({ pid, tid }) => threads.includes(`${pid} ${tid}`))
    .filter(({ tdur }) => tdur !== undefined)
    .map(({ name, tdur, dur }) => ({
      name,
      computed: tdur! / 1000,
      took: dur! / 1000,
    }))
    .sort((a, b) => b.computed - a.computed);
  expect(tasks.length).toBeGreaterThan(100);
  const { name, computed, took } = tasks[0];
  console.log(
    `    longest task: ${name}, ${Math.round(computed)} of ${Math.round(took)} ms`,
  );
  expect(tasks.filter(({ computed }) => computed > 50)).toEqual([]);
});

/** An event of Chromium's trace; times in microseconds. */
type Event = {
  name: string;
  pid: number;
  tid: number;
  args: { name?: string };
  dur?: number;
  tdur?: number;
};
