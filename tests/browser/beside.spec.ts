// Two runs: both train on the same, epoch by epoch; what stands beside A can be free, kept or live.
import type { Page } from "@playwright/test";
import {
  button,
  cards,
  choose,
  drawer,
  drop,
  expect,
  image,
  map,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  untilStep,
  watchCards,
  type Snapshot,
} from "./fixtures.ts";

/** Four steps an epoch. */
const LIVE = { ...TINY, b: "live" };

/** What both runs tell, each of itself. */
const both = (page: Page) =>
  page.evaluate(() => {
    const { a, b } = window.twoviews.runs;
    return [a, b].map((run) => {
      const { state, method, step, epoch, loss } = run.snapshot();
      return { state, method, step, epoch, loss };
    });
  });

/** Opens the page with two runs, and waits until both can train. */
async function openBoth(page: Page, settings = {}): Promise<void> {
  await open(page, { ...LIVE, ...settings });
  await untilBoth(page, "loaded");
}

async function untilBoth(page: Page, state: Snapshot["state"]): Promise<void> {
  await expect
    .poll(async () => (await both(page)).map(({ state }) => state))
    .toEqual([state, state]);
}

/** From here on the page keeps the steps and losses of both, and how far they were ever apart. */
async function follow(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.courses = { a: [], b: [] };
    window.apart = 0;
    const { runs } = window.twoviews;
    for (const id of ["a", "b"] as const) {
      runs[id].on("started", () => (window.courses[id] = []));
      runs[id].on("stepped", ({ losses }) => {
        for (const { step, total } of losses) {
          window.courses[id].push([step, total]);
        }
        const [a, b] = [runs.a.snapshot().epoch, runs.b.snapshot().epoch];
        window.apart = Math.max(window.apart, Math.abs(a - b));
      });
    }
  });
}

test.describe("two that train", () => {
  test.use({ runs: 2 });

  test("with nothing that differs they are alike, loss by loss, and never more than an epoch apart", async ({
    page,
  }) => {
    await openBoth(page);
    await follow(page);
    await button(page, "Play").click();
    await untilStep(page, 20);
    await button(page, "Pause").click();
    await untilBoth(page, "paused");
    const { a, b } = await page.evaluate(() => window.courses);
    const steps = Math.min(a.length, b.length);
    expect(steps).toBeGreaterThan(12);
    expect(b.slice(0, steps)).toEqual(a.slice(0, steps));
    expect(await page.evaluate(() => window.apart)).toBeLessThanOrEqual(1);
  });

  for (const [when, asked] of [
    ["Play was pressed before B was there", true],
    ["B was asked for while A trained", false],
    ["A had begun, and B was on its way when Play was pressed", null],
  ] as const) {
    test(`B trains once, though A has ended, where ${when}`, async ({
      page,
    }) => {
      let release = () => {};
      const there = new Promise<void>((resolve) => (release = resolve));
      // The training program of B is on its way until A has ended. A's further threads load the same.
      await page.addInitScript(() => {
        let trains = 0;
        window.Worker = class extends Worker {
          constructor(url: string | URL, options?: WorkerOptions) {
            const isB = options?.name === "training" && ++trains === 2;
            super(isB ? `${url}?b` : url, options);
          }
        };
      });
      await page.route(/\.js\?b$/, async (route) => {
        await there;
        await route.continue();
      });
      const epochs = { "train.epochs": asked === false ? 200 : 2 };
      await open(page, { ...(asked ? LIVE : TINY), ...epochs });
      const play = () => button(page, "Play").click();
      if (asked === null) {
        await button(page, "Step").click();
        await untilState(page, "paused");
      } else await play();
      if (!asked) {
        const beside = await drawer(page, "Beside A");
        const second = beside.getByRole("radio", { name: /^A second run/ });
        await second.check({ force: true });
      }
      if (asked === null) {
        await page.keyboard.press("Escape");
        await play();
      }
      await untilState(page, "done");
      expect((await both(page))[1]!.step).toBe(0);
      await page.evaluate(() => {
        window.begun = 0;
        window.twoviews.runs.b.on("started", () => window.begun++);
      });
      release();
      await untilBoth(page, "done");
      expect(await page.evaluate(() => window.begun)).toBe(1);
    });
  }

  test("one that fails leaves the other going", async ({ page }) => {
    await openBoth(page, {
      "train.warmup": 0,
      "train.optimizer": "sgd",
      "b.method": "vicreg",
      "b.train.learningRate": 100,
    });
    await button(page, "Play").click();
    await expect
      .poll(async () => (await both(page))[1]!.state, { timeout: 180_000 })
      .toBe("failed");
    const [{ step }] = await both(page);
    await untilStep(page, step + 12);
    const run = page.getByRole("region", { name: "Run B", exact: true });
    await expect(
      run.getByText("The run has failed.", { exact: false }).first(),
    ).toBeVisible();
    expect((await both(page))[0]!.state).toBe("running");
  });

  test("a reset of both is taken back for both", async ({ page }) => {
    await openBoth(page, { "b.method": "vicreg" });
    await button(page, "Play").click();
    await untilStep(page, 8);
    await button(page, "Pause").click();
    await untilBoth(page, "paused");
    const before = await both(page);
    await button(page, "Reset").click();
    await expect
      .poll(async () => (await both(page)).map(({ step }) => step))
      .toEqual([0, 0]);
    await page.keyboard.press("Control+z");
    await expect.poll(() => both(page)).toEqual(before);
  });

  test("a run that gives way to the untrained network is kept, and the address forgets it", async ({
    page,
  }) => {
    await openBoth(page, { "b.method": "vicreg" });
    await button(page, "Play").click();
    await expect
      .poll(async () => (await both(page))[1]!.step)
      .toBeGreaterThan(4);
    const beside = await drawer(page, "Beside A");
    await beside
      .getByRole("radio", { name: /^Untrained network/ })
      .check({ force: true });
    await expect(page).not.toHaveURL(/b=live/);
    const runs = await drawer(page, "Runs");
    const row = runs.getByRole("row").filter({ hasText: "VICReg" });
    // With all that it had learned.
    await expect(
      row.getByRole("button", { name: /^Bring back / }),
    ).toBeEnabled();
    // A has gone on meanwhile.
    const { step } = await snapshot(page);
    await untilStep(page, step + 4);
  });
});

test("the method before is kept as B, with its map, and stays what it was while A trains", async ({
  page,
}) => {
  await watchCards(page);
  await open(page);
  const [simclr, other] = await cards(page);
  const { step, loss } = await train(page, 6);
  await choose(page, other!);
  await page.keyboard.press("Escape");
  await news(page)
    .getByRole("button", { name: /^Keep .+ as B$/ })
    .click();
  const run = page.getByRole("region", { name: "Run B", exact: true });
  await expect(
    run.getByRole("button", {
      name: new RegExp(`^Beside A: ${simclr!.title},`),
    }),
  ).toBeVisible();
  await expect(map(page, "B")).toBeVisible();
  const kept = { method: simclr!.id, step, loss };
  expect((await both(page))[1]).toMatchObject(kept);
  await train(page, 4);
  expect((await both(page))[1]).toMatchObject(kept);
  expect((await both(page))[0]).toMatchObject({ method: other!.id });
  // And back in A, where it goes on.
  const runs = await drawer(page, "Runs");
  await runs
    .getByRole("row")
    .filter({ hasText: simclr!.title })
    .getByRole("button", { name: /^Bring back / })
    .click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(step);
  expect(await snapshot(page)).toMatchObject({ method: simclr!.id, loss });
});

test("own images come back with the run that learned from them, files and name too", async ({
  page,
}) => {
  await open(page);
  await drop(page, [image("drop")]);
  const name = page.getByRole("button", { name: /^Images: drop, / });
  await expect(name).toBeVisible();
  await expect(button(page, "Play")).toBeEnabled();
  const before = await train(page, 4);
  const images = await drawer(page, "Images");
  await images
    .getByRole("radio", { name: "Emoji", exact: true })
    .check({ force: true });
  await expect(name).toHaveCount(0);
  await untilState(page, "loaded");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await snapshot(page)).step).toBe(before.step);
  await expect(name).toBeVisible();
  expect(await snapshot(page)).toMatchObject({
    images: before.images,
    loss: before.loss,
  });
  // Only files can be read again, at another size.
  const size = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        window.twoviews.on("loaded", ({ images }) => resolve(images.size));
        window.twoviews.send({ type: "configure", settings: { size: 32 } });
      }),
  );
  expect(await size).toBe(32);
});

declare global {
  interface Window {
    /** Steps and losses of both runs. */
    courses: Record<"a" | "b", [number, number][]>;
    /** The most epochs that they were apart. */
    apart: number;
    /** How often B has begun. */
    begun: number;
  }
}
