// What a run survives: more than fits into memory, a worker that gets none, a tab that nobody sees.
import {
  button,
  drawer,
  expect,
  isTraining,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  tries,
} from "./fixtures.ts";
import type { Page } from "@playwright/test";
import { openAlone } from "./hidden.ts";
import { address } from "./launch.mjs";

/** Each of these is allowed; together they once killed the page. */
const HUGE = {
  backend: "cpu",
  size: 96,
  "encoder.width": 64,
  "train.batch": 512,
  set: "shapes",
  "shapes.count": 512,
};

test("a run that does not fit into memory is refused with numbers, and what fits is a click away", async ({
  page,
}) => {
  tries("memory");
  await open(page, HUGE);
  await button(page, "Play").click();
  const why = /would take about [\d.]+ GB of memory, and there are [\d.]+ GB/;
  await expect(news(page).getByText(why)).toBeVisible();
  // What was to follow says nothing more.
  await expect(news(page).getByText("started")).toHaveCount(0);
  expect((await snapshot(page)).state).toBe("loaded");
  const fits = news(page).getByRole("button", { name: /^Batch size: \d+$/ });
  const batch = Number((await fits.textContent())!.match(/\d+/)![0]);
  const configured = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        window.twoviews.on("configured", ({ settings }) =>
          resolve(settings.train.batch),
        );
      }),
  );
  await fits.click();
  expect(await configured).toBe(batch);
  expect(batch).toBeLessThan(512);
  await button(page, "Play").click();
  await untilState(page, "running");
});

test.describe("too little memory", () => {
  test.use({ tolerated: /unreachable|worker has died/ });

  test("is said in words, and the next try is smaller", async ({ page }) => {
    tries("memory");
    await open(page, { ...TINY, "train.batch": 8 });
    // No checkpoint is made before the run rests or ten seconds are over.
    await page.evaluate(() => window.twoviews.send({ type: "start" }));
    await untilState(page, "paused");
    const worker = page.workers().find(isTraining)!;
    const again = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          window.twoviews.on("started", () => {
            window.twoviews.on("configured", ({ settings }) =>
              resolve(settings.train.batch),
            );
          });
        }),
    );
    // As a wasm does that asks for memory and gets none.
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
    });
    expect(await again).toBe(4);
    const said = news(page).getByText(/not enough memory.*a batch of 4/);
    await expect(said).toBeVisible();
    await train(page, 3);
  });
});

test("while it trains, the tab says how far it is and holds a lock", async ({
  page,
}) => {
  await open(page, { ...TINY, "train.epochs": 1000 });
  const locks = () =>
    page.evaluate(async () => {
      const { held } = await navigator.locks.query();
      return held!.map(({ name }) => name).includes("twoviews trains");
    });
  await expect(page).toHaveTitle(/^Twoviews/);
  expect(await locks()).toBe(false);
  await button(page, "Play").click();
  await expect(page).toHaveTitle(/^\d+ % · Twoviews/);
  await expect.poll(locks).toBe(true);
  await button(page, "Pause").click();
  await expect(page).toHaveTitle(/^Twoviews/);
  await expect.poll(locks).toBe(false);
});

/** Notes what becomes of the screen's locks that the page asks for. */
const watchScreen = (page: Page) =>
  page.addInitScript(() => {
    const request = WakeLock.prototype.request;
    const locks = ((window as any).screenLocks = [] as WakeLockSentinel[]);
    WakeLock.prototype.request = async function (type) {
      const lock = await request.call(this, type);
      locks.push(lock);
      return lock;
    };
  });

/** How many of the screen's locks are held. */
const heldOn = (page: Page) =>
  page.evaluate(
    () =>
      (window as any).screenLocks.filter(
        ({ released }: WakeLockSentinel) => !released,
      ).length,
  );

test("the screen stays on while a run trains, for who wants it", async ({
  page,
}) => {
  await watchScreen(page);
  await open(page, { ...TINY, "train.epochs": 1000 });
  await button(page, "Play").click();
  await untilState(page, "running");
  expect(await heldOn(page)).toBe(0);
  const wish = (await drawer(page, "More")).getByRole("switch", {
    name: "Keep the screen on",
  });
  await wish.click();
  await expect.poll(() => heldOn(page)).toBe(1);
  await page.keyboard.press("Escape");
  await button(page, "Pause").click();
  await expect.poll(() => heldOn(page)).toBe(0);
  // It is remembered.
  await page.reload();
  await drawer(page, "More");
  await expect(wish).toBeChecked();
});

test("a browser that lets the screen go dark says so", async ({ page }) => {
  tries("start");
  await page.addInitScript(() => {
    WakeLock.prototype.request = () =>
      Promise.reject(
        new DOMException("refused by the test", "NotAllowedError"),
      );
  });
  await open(page, { ...TINY, "train.epochs": 1000 });
  const more = await drawer(page, "More");
  await more.getByRole("switch", { name: "Keep the screen on" }).click();
  await page.keyboard.press("Escape");
  await button(page, "Play").click();
  await untilState(page, "running");
  await drawer(page, "More");
  await expect(more.getByText("The browser would not")).toBeVisible();
});

test("a tab that nobody sees trains on", async () => {
  const query = new URLSearchParams(
    Object.entries(TINY).map(([path, value]) => [path, String(value)]),
  );
  const tab = await openAlone(`${address}?${query}`);
  try {
    const ready = `window.twoviews?.snapshot().state === "loaded"`;
    // Asked while it opens, it does not answer.
    const asked = () => tab.evaluate(ready).catch(() => false);
    await expect.poll(asked).toBe(true);
    await tab.hide();
    const seen = () => tab.evaluate("document.visibilityState");
    await expect.poll(seen).toBe("hidden");
    await tab.evaluate(
      `for (const type of ["start", "resume"]) window.twoviews.send({ type })`,
    );
    const step = () => tab.evaluate<number>("window.twoviews.snapshot().step");
    await expect.poll(step).toBeGreaterThan(50);
    expect(await seen()).toBe("hidden");
  } finally {
    await tab.close();
  }
});
