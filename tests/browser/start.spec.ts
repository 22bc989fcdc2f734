// The first seconds, in browsers that lack something or never answer: the page starts, or says why not.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "@playwright/test";
import {
  expect,
  open,
  snapshot,
  test,
  TINY,
  train,
  tries,
} from "./fixtures.ts";
import { built } from "./host.ts";

/** What a browser may lack, refuse or never answer, and what the page's scripts find then. */
const LACKS: Record<string, string> = {
  "no WebGPU": "delete Navigator.prototype.gpu",
  "a WebGPU that throws":
    'GPU.prototype.requestAdapter = () => { throw new Error("refused by the test") }',
  "a WebGPU that never answers":
    "GPU.prototype.requestAdapter = () => new Promise(() => {})",
  "an adapter that does not say what it is":
    "GPU.prototype.requestAdapter = async () => ({})",
  "no storage":
    'Object.defineProperty(window, "localStorage", { get() { throw new DOMException("refused by the test", "SecurityError") } })',
  "no service workers": "delete Navigator.prototype.serviceWorker",
  "service workers that are refused":
    'ServiceWorkerContainer.prototype.register = () => Promise.reject(new Error("refused by the test"))',
  "service workers that never answer":
    "ServiceWorkerContainer.prototype.register = () => new Promise(() => {})",
  "a language that is no language tag":
    'Object.defineProperty(Navigator.prototype, "language", { get: () => "C" })',
};

for (const [lack, script] of Object.entries(LACKS)) {
  test(`a browser with ${lack} trains`, async ({ page, host }) => {
    tries("start");
    await page.addInitScript(script);
    const { backend: _, ...settings } = TINY;
    await open(page, settings, await host({ isolates: false }));
    await train(page, 2);
    expect(await snapshot(page)).toMatchObject({ backend: "cpu", error: null });
  });
}

test("a browser that cannot tell whether it has relaxed SIMD trains", async ({
  page,
  host,
}) => {
  tries("start");
  const instead = async (path: string) =>
    /\/worker-.*\.js$/.test(path)
      ? `WebAssembly.validate = () => { throw new Error("refused by the test") };\n${await built(path)}`
      : null;
  await open(page, TINY, await host({ instead }));
  await train(page, 2);
});

test("who asks for the CPU waits for no GPU", async ({ page }) => {
  tries("start");
  await page.addInitScript(() => {
    GPU.prototype.requestAdapter = () => {
      throw Object.assign(window, { asked: true });
    };
  });
  await open(page, { ...TINY, backend: "cpu" });
  expect(await page.evaluate(() => "asked" in window)).toBe(false);
});

test("opened as a file, the page says what to do", async ({ browser }) => {
  tries("start");
  const page = await browser.newPage();
  const file = resolve(import.meta.dirname, "../../www/dist/index.html");
  await page.goto(pathToFileURL(file).href);
  await expect(page.getByRole("alert")).toContainText("cargo xtask serve");
  await page.close();
});

test.describe("what cannot start is said", () => {
  test.use({ tolerated: /status of \d+|broken by the test|has died/ });

  const alert = (page: Page) => page.getByRole("alert");
  const banner = (page: Page) =>
    page.getByRole("group", { name: "The run has failed" });

  test("a page whose script is missing", async ({ page, host }) => {
    tries("start");
    const instead = async (path: string) =>
      /\/index-.*\.js$/.test(path) ? 404 : null;
    await page.goto(await host({ instead }));
    await expect(alert(page)).toContainText(/could not start: .*index-.*\.js/);
  });

  test("a page whose script fails", async ({ page, host }) => {
    tries("start");
    const instead = async (path: string) =>
      /\/index-.*\.js$/.test(path)
        ? 'throw new Error("broken by the test")'
        : null;
    await page.goto(await host({ instead }));
    await expect(alert(page)).toContainText(/could not start.*broken by/);
  });

  for (const [what, pattern] of [
    ["cores.json", /cores\.json$/],
    ["a wasm", /\.wasm$/],
  ] as const) {
    test(`${what} that has made way for a new version`, async ({
      page,
      host,
    }) => {
      tries("start");
      const instead = async (path: string) => (pattern.test(path) ? 404 : null);
      await page.goto(await host({ instead }));
      await expect(banner(page)).toContainText("A new version of this page");
      await expect(
        banner(page).getByRole("button", { name: "Reload the page" }),
      ).toBeVisible();
    });
  }

  test("a core whose script fails", async ({ page, host }) => {
    tries("start");
    const instead = async (path: string) =>
      path.endsWith("/twoviews.js")
        ? 'throw new Error("broken by the test")'
        : null;
    await page.goto(await host({ instead }));
    await expect(banner(page)).toContainText(
      /could not be loaded: broken by the test/,
    );
  });

  test("a list of cores that never comes", async ({ page, host }) => {
    tries("start");
    const instead = (path: string) =>
      path.endsWith("/cores.json")
        ? new Promise<never>(() => {})
        : Promise.resolve(null);
    await page.clock.install();
    await page.goto(await host({ instead }));
    // Each of three tries has its time.
    await expect(async () => {
      await page.clock.fastForward(10_000);
      await expect(banner(page)).toContainText(/cores\.json.*no answer/, {
        timeout: 200,
      });
    }).toPass();
  });
});
