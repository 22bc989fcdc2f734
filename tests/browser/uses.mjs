// What the soak does on the page, each as a hand would where a button does it, and each until the page says that it
// is done.
import { join, resolve } from "node:path";
import { address } from "./launch.mjs";

export { address };

/** @typedef {import("@playwright/test").Page} Page */

/** A network and a set so small that a step takes milliseconds. */
const TINY = {
  size: 16,
  "encoder.width": 4,
  "train.batch": 16,
  "train.epochs": 1000,
  set: "shapes",
  "shapes.count": 64,
};
const IMAGES = resolve(import.meta.dirname, "../images/drop");

/** Opens the page on a backend. @param {Page} page @param {string} backend */
export async function visit(page, backend) {
  // What the core tells before all else: its methods.
  await page.addInitScript(() => {
    /** @type {any} */
    let api;
    Object.defineProperty(window, "twoviews", {
      get: () => api,
      set: (given) => {
        api = given;
        api.on("ready", (/** @type {any} */ { methods }) =>
          Object.assign(window, {
            methods: methods.map((/** @type {any} */ { id }) => id),
          }),
        );
      },
    });
  });
  const query = Object.entries({ ...TINY, backend }).map(([path, value]) => [
    path,
    String(value),
  ]);
  await page.goto(`${address}?${new URLSearchParams(query)}`);
  await ready(page);
}

/** @param {Page} page @param {string} name */
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** @param {Page} page */
export const ready = (page) => button(page, "Play").click({ trial: true });

/**
 * Has settings changed, and waits until they are.
 * @param {Page} page
 * @param {import("../../www/src/protocol.ts").DeepPartial<import("../../www/src/protocol.ts").Settings>} settings
 */
export const configure = (page, settings) =>
  page.evaluate(
    (settings) =>
      new Promise((resolve, reject) => {
        const stops = [
          window.twoviews.on("refused", ({ error }) => end(reject, error)),
          window.twoviews.on("configured", () => end(resolve, "")),
        ];
        /** @param {(what: any) => void} how @param {string} what */
        function end(how, what) {
          for (const stop of stops) stop?.();
          how(new Error(what));
        }
        window.twoviews.send({ type: "configure", settings });
      }),
    settings,
  );

/**
 * Trains until run A has done so many more steps.
 * @param {Page} page
 * @param {number} steps
 */
export async function train(page, steps) {
  const step = await page.evaluate(() => window.twoviews.snapshot().step);
  await button(page, "Play").click();
  await page.waitForFunction((until) => {
    const { step, error } = window.twoviews.snapshot();
    if (error) throw new Error(error);
    return step >= until;
  }, step + steps);
  // By no button: on few images a run may be done before a hand is there.
  await page.evaluate(() => {
    const { a, b } = window.twoviews.runs;
    for (const run of [a, b]) run.send({ type: "pause" });
  });
  await page.waitForFunction(() =>
    ["paused", "done"].includes(window.twoviews.snapshot().state),
  );
}

/** Begins anew. @param {Page} page */
export async function restart(page) {
  await button(page, "Reset").click();
  await page.waitForFunction(() => {
    const { state, step, error } = window.twoviews.snapshot();
    if (error) throw new Error(error);
    return state === "paused" && step === 0;
  });
}

/** Takes the next method up, and trains a little. @param {Page} page @param {number} i */
export async function switchMethod(page, i) {
  const methods = await page.evaluate(
    () => /** @type {any} */ (window).methods,
  );
  // Images that came meanwhile have chosen a shorter run.
  await configure(page, {
    method: methods[i % methods.length],
    train: { epochs: TINY["train.epochs"] },
  });
  await restart(page);
  await train(page, 3);
}

/** Goes to another backend, where a fresh run begins. @param {Page} page @param {"cpu" | "webgpu"} backend */
export async function switchBackend(page, backend) {
  await configure(page, { backend });
  await button(page, "Reset").click();
  await page.waitForFunction((backend) => {
    const now = window.twoviews.snapshot();
    if (now.error) throw new Error(now.error);
    return now.backend === backend && now.state === "paused" && now.step === 0;
  }, backend);
}

/**
 * Opens a drawer by its button, does something there, and closes it.
 * @param {Page} page
 * @param {string | RegExp} name
 * @param {() => Promise<unknown>} use
 */
async function drawer(page, name, use) {
  const exact = typeof name === "string";
  await page.getByRole("button", { name, exact }).first().click();
  // What is in it is made once it is open.
  const inside = page.locator(".sheet:popover-open .body > *");
  await inside.first().waitFor({ state: "attached" });
  await use();
  await page.keyboard.press("Escape");
}

/** What kept runs take is no leak: they are there to be gone back to. @param {Page} page */
export async function deleteKept(page) {
  await drawer(page, "Runs", async () => {
    const remove = page
      .locator(".sheet:popover-open")
      .getByRole("button", { name: /^Delete / });
    // The last one deletes all, where there are several.
    while ((await remove.count()) > 0) await remove.last().click();
  });
  await untilKept(page, { kept: 0 });
}

/** Adds a folder of images, trains on it, clears it, and is back at the built-in set. @param {Page} page */
export async function bringImages(page) {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [IMAGES], dragOperationsMask: 1 };
  for (const type of /** @type {const} */ (["dragEnter", "dragOver", "drop"])) {
    const at = { x: 200, y: 300 };
    await devtools.send("Input.dispatchDragEvent", { type, ...at, data });
  }
  await devtools.detach();
  await button(page, "Images: drop, 36").waitFor();
  await ready(page);
  await train(page, 2);
  await drawer(page, /^Images: /, async () => {
    await button(page, "Clear").click();
    await untilImages(page, 0);
    const shapes = page.getByRole("radio", { name: "Shapes", exact: true });
    await shapes.check({ force: true });
    await untilImages(page, TINY["shapes.count"]);
  });
  await ready(page);
}

/** @param {Page} page @param {number} count */
const untilImages = (page, count) =>
  page.waitForFunction(
    (count) => window.twoviews.snapshot().images === count,
    count,
  );

/** Trains two runs side by side, and is back at one. @param {Page} page */
export async function trainTwo(page) {
  /** @param {RegExp} name */
  const beside = (name) =>
    drawer(page, /^Beside A: /, () =>
      page.getByRole("radio", { name }).check({ force: true }),
    );
  await beside(/^A second run/);
  // Beside a run that has begun it begins by itself.
  await page.waitForFunction(
    () => window.twoviews.runs.b.snapshot().state === "paused",
  );
  await train(page, 4);
  await beside(/^Untrained network/);
}

/** Trains, saves the session as a file, trains on, and opens it. @param {Page} page @param {string} folder */
export async function saveAndOpen(page, folder) {
  await train(page, 1);
  await button(page, "More").click();
  const panel = page.getByRole("group", { name: "Session as a file" });
  const coming = page.waitForEvent("download");
  await panel.getByRole("button", { name: "Save as a file" }).click();
  const download = await coming;
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  await download.delete();
  await page.keyboard.press("Escape");
  await train(page, 1);
  await button(page, "More").click();
  await panel.locator("input[type=file]").setInputFiles(path);
  await panel.getByText("is open.").waitFor();
  await page.keyboard.press("Escape");
}

/** Opens the page again once all is kept, and goes on. @param {Page} page */
export async function reload(page) {
  await train(page, 2);
  const { step } = await page.evaluate(() => window.twoviews.snapshot());
  await untilKept(page, { step });
  await page.reload();
  await button(page, "Go on").click();
  await page.waitForFunction(
    (step) => window.twoviews.snapshot().step === step,
    step,
  );
}

/**
 * Waits until what is kept on the device says so of itself.
 * @param {Page} page
 * @param {Record<string, number>} about
 */
async function untilKept(page, about) {
  const since = performance.now();
  while (!(await page.evaluate(isKept, about))) {
    if (performance.now() - since > 120_000) {
      throw new Error(`the page has not kept ${JSON.stringify(about)}`);
    }
    await page.waitForTimeout(50);
  }
}

/** Runs in the page. @param {Record<string, number>} about */
async function isKept(about) {
  const known = await indexedDB.databases();
  // Who opens one that is not there makes it, empty.
  if (!known.some(({ name }) => name === "twoviews")) return false;
  return new Promise((resolve) => {
    const opening = indexedDB.open("twoviews");
    opening.onsuccess = () => {
      const db = opening.result;
      const slots = db.transaction("slots").objectStore("slots").get("now");
      slots.onsuccess = () => {
        db.close();
        const is = slots.result?.body.about;
        const all = Object.entries(about);
        resolve(all.every(([key, value]) => is?.[key] === value));
      };
    };
  });
}
