// After a first visit the page needs no server; it can be installed, and two releases never mix.
import type { Page } from "@playwright/test";
import {
  expect,
  news,
  open,
  says,
  snapshot,
  test as base,
  TINY,
  train,
  drawer,
  tries,
} from "./fixtures.ts";
import { built } from "./host.ts";

const test = base.extend<{ cut: { now: boolean } }>({
  /** Whether the server is away. */
  cut: async ({}, use) => use({ now: false }),
});

test.use({
  serviceWorkers: "allow",
  tolerated:
    /ERR_INTERNET_DISCONNECTED|ERR_FAILED|status of (404|503)|MIME type/,
});

/** Waits until all is kept that the page needs: its files, and the cores that this browser loads. */
async function untilKept(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready);
  const isKept = () =>
    page.evaluate(async () => {
      const { content } = document.querySelector<HTMLMetaElement>(
        'meta[name="release"]',
      )!;
      const folder = new URL("./", location.href);
      const cache = await caches.open(`twoviews ${folder} ${content}`);
      const keys = await cache.keys();
      // It is kept last.
      return keys.some(({ url }) => url.endsWith("/cores.json"));
    });
  await expect.poll(isKept, { timeout: 60_000 }).toBe(true);
}

for (const [what, isolates, under] of [
  ["an isolating server", true, "/"],
  ["a folder of a server that sends no headers", false, "/some/where/"],
] as const) {
  test(`after one visit of ${what} the page trains without it`, async ({
    page,
    host,
    cut,
    context,
  }) => {
    tries("start");
    const instead = async () => (cut.now ? 503 : null);
    const url = await host({ isolates, under, instead });
    await open(page, TINY, url);
    await untilKept(page);
    cut.now = true;
    await context.setOffline(true);
    await open(page, { ...TINY, method: "vicreg" }, url);
    const { loss } = await train(page, 3);
    expect(Object.keys(loss!.terms)).toContain("variance");
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await says(page, /CPU, \d+ thread/);
    // What was not looked at before is there too: formulas with their fonts, another language, a picture.
    await page.keyboard.press("Escape");
    const method = await drawer(page, "Method of A");
    await expect(method.locator(".katex").first()).toBeVisible();
    await page.goto(`${url}?backend=cpu&set=emoji&lang=de`);
    await expect(
      page.getByRole("button", { name: "Start", exact: true }),
    ).toBeEnabled();
    expect((await snapshot(page)).images).toBeGreaterThan(64);
  });
}

test("the page can be installed", async ({ page, host }) => {
  await open(page, TINY, await host({ under: "/app/" }));
  const devtools = await page.context().newCDPSession(page);
  const { url, errors } = await devtools.send("Page.getAppManifest");
  expect(new URL(url).pathname).toBe("/app/manifest.webmanifest");
  expect(errors).toEqual([]);
  const { installabilityErrors } = await devtools.send(
    "Page.getInstallabilityErrors",
  );
  const ids = installabilityErrors.map(({ errorId }) => errorId);
  expect(ids.filter((id) => id !== "in-incognito")).toEqual([]);
});

test("an open tab goes on with its own files when another release comes, and has it by Reload", async ({
  page,
  host,
}) => {
  let second = false;
  const [, release] = /name="release" content="(\w+)"/.exec(
    await built("index.html"),
  )!;
  const other = release.replaceAll(/./g, "0");
  const asked: string[] = [];
  const instead = async (path: string) => {
    if (!second) return null;
    if (path === "/" || path === "/offline.js") {
      const text = await built(path === "/" ? "index.html" : "offline.js");
      // Only its page and its service worker are named anew; what it no longer has are the method's files.
      return text.replaceAll(release, other);
    }
    asked.push(path);
    return /katex-|\.woff2$|\.wasm$/.test(path) ? 404 : null;
  };
  const url = await host({ instead });
  await open(page, TINY, url);
  await untilKept(page);
  await open(page, TINY, url);
  await train(page, 3);
  second = true;
  await page.evaluate(async () => {
    const [registration] = await navigator.serviceWorker.getRegistrations();
    await registration!.update();
  });
  const told = news(page).getByText("A new version of this page is there");
  await expect(told).toBeVisible();
  // The run is there, and what is opened now is of the old release.
  expect((await snapshot(page)).step).toBeGreaterThanOrEqual(3);
  const method = await drawer(page, "Method of A");
  await expect(method.locator(".katex").first()).toBeVisible();
  await page.keyboard.press("Escape");
  const named = () =>
    page.evaluate(
      () =>
        document.querySelector<HTMLMetaElement>('meta[name="release"]')!
          .content,
    );
  expect(await named()).toBe(release);
  await news(page).getByRole("button", { name: "Reload" }).click();
  // Asked while it reloads, it does not answer.
  await expect.poll(() => named().catch(() => null)).toBe(other);
  // What the release before had kept is forgotten once no tab has it open.
  await expect(async () => {
    await page.reload();
    const names = await page.evaluate(() => caches.keys());
    expect(names.join()).not.toContain(release);
  }).toPass();
});

test.describe("without a service worker", () => {
  test.use({ serviceWorkers: "block" });

  test("a part that has gone with its release is said, and Reload offered", async ({
    page,
    host,
  }) => {
    tries("start");
    let second = false;
    const instead = async (path: string) => {
      if (!second) return null;
      if (path !== "/") return 404;
      const html = await built("index.html");
      return html.replace(/(name="release" content=")\w+/, "$1another");
    };
    await open(page, TINY, await host({ instead }));
    second = true;
    await drawer(page, "Method of A");
    const told = news(page).getByText(/part of this one has gone with it/);
    await expect(told).toBeVisible();
    await expect(
      news(page).getByRole("button", { name: "Reload" }),
    ).toBeVisible();
  });

  test("a part that cannot be had without a connection is said", async ({
    page,
    host,
    context,
  }) => {
    tries("start");
    await open(page, TINY, await host({}));
    await context.setOffline(true);
    await drawer(page, "Method of A");
    await expect(
      news(page).getByText(/could not be loaded. Is there a connection/),
    ).toBeVisible();
  });
});
