// The page as it is shipped, in a browser without a GPU; WebGPU is computed by the CPU.
import { chromium } from "playwright-core";
import { address, launch } from "../../browser/launch.mjs";

/**
 * A page in a fresh browser with a loaded set, the browser's processes, and how to end it all.
 * `scripts` run in the page before its own.
 */
export async function openShipped(settings, ...scripts) {
  const { args, ...rest } = launch({ webgpu: settings.backend === "webgpu" });
  // What is held is told from what only has not been collected yet.
  args.push("--js-flags=--expose-gc");
  const browser = await chromium.launch({ ...rest, args });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 900 },
  });
  for (const script of scripts) await page.addInitScript(script);
  // In English, whatever the machine speaks.
  const query = new URLSearchParams({ lang: "en", ...settings });
  await page.goto(`${address}?${query}`);
  await page.waitForFunction(
    () => window.twoviews?.snapshot().state === "loaded",
    null,
    { timeout: 120_000 },
  );
  return {
    page,
    processes: await processesOf(browser),
    close: () => browser.close(),
  };
}

/** Ids of all processes of a browser. */
async function processesOf(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  return processInfo.map(({ id }) => id);
}

/** Keeps long tasks of the page's main thread in `window.long`. */
export const watchLongTasks = () => {
  window.long = [];
  new PerformanceObserver((list) => {
    window.long.push(...list.getEntries().map((entry) => entry.duration));
  }).observe({ type: "longtask" });
};
