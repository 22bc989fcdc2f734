// Takes the README's picture: the first visit, once the map has organised.
import { chromium } from "@playwright/test";
import { address, launch } from "./launch.mjs";

const browser = await chromium.launch(launch({ webgpu: false }));
const page = await browser.newPage({
  viewport: { width: 1440, height: 900 },
  deviceScaleFactor: 1.5,
});
await page.goto(address);
await page.getByRole("button", { name: "Play", exact: true }).click();
await page.waitForFunction(() => window.twoviews.snapshot().epoch >= 15, null, {
  timeout: 300_000,
});
await page.getByRole("button", { name: "Pause", exact: true }).click();
await page.waitForFunction(() => window.twoviews.snapshot().state === "paused");
await page.screenshot({ path: process.argv[2] });
await browser.close();
