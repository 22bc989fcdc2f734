// Takes pictures of the page's main states, into the folder that is given; with further names, of those only.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "@playwright/test";
import { address, launch } from "./launch.mjs";

const LAPTOP = { width: 1366, height: 768 };
const IMAGES = resolve(import.meta.dirname, "../images/drop");

/** A network and a set so small that a run takes seconds. */
const SMALL = {
  size: 16,
  "encoder.width": 4,
  "train.batch": 16,
  "shapes.count": 64,
};

/** @typedef {import("@playwright/test").Page} Page */

const button = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.getByRole("button", { name, exact: true });
const play = (/** @type {Page} */ page) => button(page, "Play").click();

/** Waits until what the page tells of A is as `is` says. */
const until = (/** @type {Page} */ page, /** @type {string} */ is) =>
  page.waitForFunction(
    `((run) => ${is})(window.twoviews.runs.a.snapshot())`,
    null,
    { timeout: 180_000 },
  );

/** @type {Record<string, { query?: object, look?: object, make?: (page: Page) => Promise<unknown> }>} */
const STATES = {
  "first-visit": {},
  training: {
    make: async (page) => {
      await play(page);
      await until(page, "run.epoch >= 6 && run.knn");
      const map = page.getByRole("application", { name: /map A/ });
      await map.press("ArrowRight");
      await map.press("Enter");
      await page.waitForTimeout(1500);
    },
  },
  "a-b": {
    make: async (page) => {
      await button(page, "SimCLR | VICReg").click();
      await until(page, "run.images > 0");
      await play(page);
      await until(page, "run.epoch >= 8 && run.knn");
    },
  },
  collapse: {
    query: {
      ...SMALL,
      method: "simsiam",
      "knobs.stopGradient": false,
      "train.epochs": 60,
    },
    make: async (page) => {
      await play(page);
      await until(
        page,
        "['collapsed', 'partial'].includes(run.verdict?.collapse.state)",
      );
    },
  },
  "worse-than-untrained": {
    query: { "train.learningRate": 100, "train.epochs": 6 },
    make: async (page) => {
      await play(page);
      await until(page, "run.verdict?.learned.state === 'worse'");
    },
  },
  "own-photos": {
    make: async (page) => {
      const names = readdirSync(IMAGES, { recursive: true, encoding: "utf8" });
      const files = names.filter((name) => /\.(png|jpe?g|webp)$/i.test(name));
      await page
        .getByLabel("Add images")
        .setInputFiles(files.map((name) => join(IMAGES, name)));
      await until(page, "run.images > 0 && run.state === 'loaded'");
      await page.getByRole("button", { name: /^Images: / }).click();
      await page.waitForTimeout(500);
    },
  },
  error: {
    query: {
      ...SMALL,
      method: "vicreg",
      "train.optimizer": "sgd",
      "train.learningRate": 100,
      "train.warmup": 0,
    },
    make: async (page) => {
      await play(page);
      await until(page, "run.state === 'failed'");
    },
  },
  narrow: {
    look: { viewport: { width: 390, height: 844 } },
    make: async (page) => {
      await play(page);
      await until(page, "run.epoch >= 4 && run.knn");
    },
  },
  dark: {
    look: { colorScheme: "dark" },
    make: async (page) => {
      await play(page);
      await until(page, "run.epoch >= 4 && run.knn");
    },
  },
  projector: {
    query: { show: "projector" },
    look: { viewport: { width: 1280, height: 720 } },
    make: async (page) => {
      await play(page);
      await until(page, "run.epoch >= 4 && run.knn");
    },
  },
};

const [folder, ...wanted] = process.argv.slice(2);
const browser = await chromium.launch(launch({ webgpu: false }));
for (const [name, { query, look, make }] of Object.entries(STATES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const page = await browser.newPage({
    viewport: LAPTOP,
    deviceScaleFactor: 1.5,
    ...look,
  });
  const asked = Object.entries({ lang: "en", ...query }).map(
    ([path, value]) => [path, String(value)],
  );
  await page.goto(`${address}?${new URLSearchParams(asked)}`);
  await page.waitForFunction(() => window.twoviews?.snapshot().images > 0);
  await make?.(page);
  await page.screenshot({ path: join(folder ?? ".", `${name}.png`) });
  console.log(name);
  await page.close();
}
await browser.close();
