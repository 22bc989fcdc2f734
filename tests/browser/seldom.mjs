// Does on WebGPU all that the page can, with a core that notes which functions are called, and writes down
// which were: what `functions.txt` says of each function, after 1 or 0.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { chromium } from "@playwright/test";
import { address, launch } from "./launch.mjs";

const [list, profile] = process.argv.slice(2);
const functions = readFileSync(list, "utf8").trim().split("\n");
const called = new Uint8Array(functions.length);

const SMALL = {
  backend: "webgpu",
  size: 16,
  "encoder.width": 4,
  "train.batch": 16,
  "train.warmup": 0,
  set: "shapes",
  "shapes.count": 64,
};

const OPTIMIZERS = /** @type {const} */ (["sgd", "adam", "adamw", "lars"]);

const browser = await chromium.launch(launch({ webgpu: true }));

/**
 * Opens the page, does something there, and notes what was called.
 * @template T
 * @param {Record<string, string | number>} settings
 * @param {(page: import("@playwright/test").Page) => Promise<T>} use
 */
async function visit(settings, use) {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  // As if the adapter were none of software, which `auto` would not try.
  await page.addInitScript(() => {
    for (const [key, value] of Object.entries({
      vendor: "some",
      architecture: "hardware",
      description: "",
      isFallbackAdapter: false,
    })) {
      Object.defineProperty(GPUAdapterInfo.prototype, key, { value });
    }
    // What the core tells before all else.
    /** @type {any} */
    let api;
    Object.defineProperty(window, "twoviews", {
      get: () => api,
      set: (given) => {
        api = given;
        api.on("ready", (/** @type {object} */ ready) =>
          Object.assign(window, { ready }),
        );
      },
    });
  });
  const query = Object.entries(settings).map(([path, value]) => [
    path,
    String(value),
  ]);
  await page.goto(`${address}?${new URLSearchParams(query)}`);
  const play = page.getByRole("button", { name: "Play", exact: true });
  await play.click({ trial: true });
  const result = await use(page);
  const worker = page
    .workers()
    .find((worker) => worker.url().includes("/worker-"));
  if (!worker) throw new Error("the page has no training worker");
  const flags = await worker.evaluate((count) => {
    const { wasm } = /** @type {any} */ (self);
    return Array.from(
      { length: count },
      (_, index) => wasm[`called${index}`].value,
    );
  }, functions.length);
  flags.forEach((flag, index) => (called[index] |= flag));
  await page.close();
  const count = called.reduce((total, flag) => total + flag, 0);
  console.log(`  ${count} functions after ${JSON.stringify(settings)}`);
  return result;
}

/**
 * Sends a command, and waits for an event.
 * @param {import("@playwright/test").Page} page
 * @param {import("../../www/src/protocol.ts").Command} command
 * @param {import("../../www/src/protocol.ts").Event["type"]} answer
 */
const ask = (page, command, answer) =>
  page.evaluate(
    ([command, answer]) =>
      new Promise((resolve, reject) => {
        window.twoviews.on("failed", ({ error }) => reject(new Error(error)));
        window.twoviews.on(answer, () => resolve(undefined));
        window.twoviews.send(command);
      }),
    /** @type {const} */ ([command, answer]),
  );

/**
 * Trains until some steps are done and there were scores.
 * @param {import("@playwright/test").Page} page
 * @param {number} steps
 */
async function train(page, steps) {
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction((steps) => {
    const { step, knn, error } = window.twoviews.snapshot();
    if (error) throw new Error(error);
    return step >= steps && knn;
  }, steps);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.waitForFunction(
    () => window.twoviews.snapshot().state === "paused",
  );
}

const { methods, sets } = await visit(SMALL, (page) =>
  page.evaluate(() => {
    const { ready } = /** @type {any} */ (window);
    /** @param {{ id: string }[]} cards */
    const ids = (cards) => cards.map(({ id }) => id);
    return { methods: ids(ready.methods), sets: ids(ready.sets) };
  }),
);
// In one page, for kernels that methods share are compiled once.
await visit(SMALL, async (page) => {
  const runs = [
    ...methods.map((method) => ({ method })),
    ...OPTIMIZERS.map((optimizer) => ({ train: { optimizer } })),
  ];
  for (const settings of runs) {
    await ask(page, { type: "configure", settings }, "configured");
    await ask(page, { type: "start" }, "started");
    await train(page, 8);
    console.log(`  trained with ${JSON.stringify(settings)}`);
  }
});
for (const set of sets) {
  await visit({ ...SMALL, set }, async (page) => {
    await train(page, 2);
    await ask(page, { type: "neighbours", index: 1, k: 5 }, "neighbours");
    await ask(page, { type: "watch", space: "z" }, "map");
    if (set === "shapes") await ask(page, { type: "evaluate" }, "evaluated");
  });
}
// As the page comes, and at the limits of sizes.
await visit({ backend: "webgpu" }, (page) => train(page, 3));
await visit({ ...SMALL, size: 96, "train.batch": 2 }, (page) => train(page, 2));
await visit({ ...SMALL, "encoder.width": 64 }, (page) => train(page, 2));
// From the CPU to WebGPU, which another core takes up; and from a lost GPU on.
await visit({ ...SMALL, backend: "cpu" }, async (page) => {
  await train(page, 1);
  const settings = { backend: /** @type {const} */ ("webgpu") };
  await ask(page, { type: "configure", settings }, "configured");
  await ask(page, { type: "start" }, "started");
  await train(page, 2);
});
await visit(SMALL, async (page) => {
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const request = GPUAdapter.prototype.requestDevice;
    /** @param {GPUDeviceDescriptor} [options] */
    GPUAdapter.prototype.requestDevice = async function (options) {
      const device = await request.call(this, options);
      Object.assign(self, { taken: device });
      return device;
    };
  });
  await ask(page, { type: "start" }, "started");
  await ask(page, { type: "step" }, "checkpoint");
  const restarted = page.waitForEvent("worker");
  await worker.evaluate(() => /** @type {any} */ (self).taken.destroy());
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await restarted;
  await page.waitForFunction(() => window.twoviews.snapshot().step > 1);
});
// The trial of both backends, and no more: whoever then trains on the CPU may load the rest.
await visit({ ...SMALL, backend: "auto" }, (page) =>
  ask(page, { type: "start" }, "started"),
);
await browser.close();

const lines = functions.map((line, index) => `${called[index]} ${line}\n`);
mkdirSync(dirname(profile), { recursive: true });
writeFileSync(profile, lines.join(""));
const sizes = functions.map((line) => parseInt(line));
const all = sizes.reduce((total, size) => total + size, 0);
const run = sizes.reduce((total, size, i) => total + size * called[i], 0);
const count = called.reduce((total, flag) => total + flag, 0);
console.log(
  `${count} of ${functions.length} functions are called, ${Math.round((run / all) * 100)} % of the instructions`,
);
