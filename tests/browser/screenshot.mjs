// Takes the README's picture: the first visit, when its run is done.
import { chromium } from "@playwright/test";
import { address, launch } from "./launch.mjs";

const browser = await chromium.launch(launch({ webgpu: false }));
const page = await browser.newPage({
  viewport: { width: 1440, height: 1080 },
  deviceScaleFactor: 1.5,
});
await page.goto(address);
await page.getByRole("button", { name: "Play", exact: true }).click();
await page.waitForFunction(
  () => window.twoviews.snapshot().state === "done",
  null,
  { timeout: 600_000 },
);
await page.evaluate(() => scrollTo(0, 0));
await page.screenshot({ path: process.argv[2] });
await browser.close();
