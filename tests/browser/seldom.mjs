// Trains every method on WebGPU with a core that notes which functions are called, and compares with
// the list of those that are split off.
import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { address, launch } from "./launch.mjs";

const [functions, list] = process.argv
  .slice(2)
  .map((path) => readFileSync(path, "utf8").trim().split("\n"));
const names = functions.map((line) => line.slice(line.indexOf(" ") + 1));
const sizes = functions.map((line) => parseInt(line));
const parts = list.filter((line) => !line.startsWith("#"));
const called = new Uint8Array(names.length);

/** Parts of a path that are worth a line hold at least so many instructions. */
const WORTH = 3_000;

const SMALL = {
  backend: "webgpu",
  size: 16,
  "encoder.width": 4,
  "train.batch": 16,
  set: "shapes",
  "shapes.count": 64,
};

const browser = await chromium.launch(launch({ webgpu: true }));

/**
 * Opens the page, takes some steps and a look, and notes what was called.
 * @param {Record<string, string | number>} settings
 * @param {number} steps
 */
async function train(settings, steps) {
  const page = await browser.newPage();
  const query = Object.entries(settings).map(([path, value]) => [
    path,
    String(value),
  ]);
  await page.goto(`${address}?${new URLSearchParams(query)}`);
  const play = page.getByRole("button", { name: "Play", exact: true });
  await play.click({ timeout: 120_000 });
  await page.waitForFunction(
    (steps) => {
      const { step, knn, error } = window.twoviews.snapshot();
      if (error) throw new Error(error);
      return step >= steps && knn;
    },
    steps,
    { timeout: 600_000 },
  );
  const [worker] = page.workers();
  const flags = await worker.evaluate((count) => {
    const { wasm } = /** @type {any} */ (self);
    return Array.from(
      { length: count },
      (_, index) => wasm[`called${index}`].value,
    );
  }, names.length);
  flags.forEach((flag, index) => (called[index] |= flag));
  await page.close();
}

const page = await browser.newPage();
await page.goto(address);
const radios = page
  .getByRole("radiogroup", { name: "Method" })
  .getByRole("radio");
await radios.first().waitFor({ state: "attached" });
const methods = await radios.evaluateAll((all) =>
  all.map((radio) => radio.getAttribute("value") ?? ""),
);
await page.close();
for (const method of methods) await train({ ...SMALL, method }, 8);
await train({ backend: "webgpu" }, 3);
await browser.close();

const count = called.reduce((total, flag) => total + flag, 0);
const all = sizes.reduce((total, size) => total + size, 0);
const run = sizes.reduce((total, size, i) => total + size * called[i], 0);
const part = (run / all) * 100;
console.log(
  `${methods.length} methods call ${count} of ${names.length} functions, ${part.toFixed(0)} % of the instructions`,
);

console.log("\nlisted, and called:");
for (const part of parts) {
  const found = names.findIndex((name, i) => called[i] && name.includes(part));
  if (found >= 0) console.log(`  ${part}: ${names[found]}`);
}

console.log("\nnot listed, and not called (instructions):");
const totals = new Map();
const lively = new Set();
names.forEach((name, i) => {
  if (parts.some((part) => name.includes(part))) return;
  const path = (name.match(/\w+(::\w+)+/) ?? [""])[0].split("::");
  for (let length = 2; length <= Math.min(path.length, 5); length++) {
    const start = path.slice(0, length).join("::");
    if (called[i]) lively.add(start);
    else totals.set(start, (totals.get(start) ?? 0) + sizes[i]);
  }
});
/** @param {string} path */
const shorter = (path) => path.slice(0, path.lastIndexOf("::"));
const quiet = [...totals]
  .filter(([path, total]) => total >= WORTH && !lively.has(path))
  .filter(([path]) => !totals.has(shorter(path)) || lively.has(shorter(path)))
  .sort(([, a], [, b]) => b - a);
for (const [path, total] of quiet) console.log(`  ${total} ${path}`);
