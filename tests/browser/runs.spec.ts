// Runs that made way: they are kept, come back as they were, and are compared in a table.
import type { Locator, Page } from "@playwright/test";
import { serious } from "./axe.ts";
import {
  button,
  cards,
  choose,
  drawer,
  expect,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  untilStep,
  watchCards,
} from "./fixtures.ts";

/** Runs that end in a moment. */
const SHORT = { ...TINY, "train.epochs": 10 };

/** The rows of kept runs. */
const rows = (runs: Locator) =>
  runs
    .getByRole("group", { name: "Table of runs" })
    .getByRole("row")
    .filter({ has: runs.page().getByRole("button", { name: /^Delete / }) });

const step = async (page: Page) => (await snapshot(page)).step;

async function back(page: Page, at: number): Promise<void> {
  await expect.poll(() => step(page)).toBe(at);
}

/** From here on the page keeps all losses: a list of steps and totals for each run that starts. */
async function follow(page: Page): Promise<void> {
  await page.evaluate(() => {
    const all: [number, number][][] = ((window as any).all = [[]]);
    window.twoviews.on("started", () => all.push([]));
    window.twoviews.on("stepped", ({ losses }) => {
      all
        .at(-1)!
        .push(...losses.map((l): [number, number] => [l.step, l.total]));
    });
  });
}
const followed = (page: Page): Promise<[number, number][][]> =>
  page.evaluate(() =>
    (window as any).all.filter((losses: unknown[]) => losses.length > 0),
  );

async function steps(page: Page, from: number, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await button(page, "Step").click();
    await back(page, from + i);
    await untilState(page, "paused");
  }
}

test("a reset is taken back: the run goes on as if nothing had happened", async ({
  page,
}) => {
  await open(page);
  await follow(page);
  const before = await train(page, 10);
  await expect
    .poll(async () => (await snapshot(page)).verdict?.learned)
    .toBeTruthy();
  const { verdict } = await snapshot(page);
  await button(page, "Reset").click();
  await back(page, 0);
  await page.keyboard.press("Control+z");
  await back(page, before.step);
  expect(await snapshot(page)).toMatchObject({
    state: "paused",
    loss: before.loss,
    verdict: { collapse: verdict!.collapse, learned: verdict!.learned },
  });
  await steps(page, before.step, 5);
  // The same from the beginning, undisturbed.
  await button(page, "Reset").click();
  await back(page, 0);
  await button(page, "Play").click();
  await untilStep(page, before.step + 5);
  await button(page, "Pause").click();
  await untilState(page, "paused");
  const [first, second, whole] = await followed(page);
  expect(first!.length).toBe(before.step);
  expect([...first!, ...second!]).toEqual(whole!.slice(0, before.step + 5));
});

test("another method offers the run before: back, or as B; and each way again", async ({
  page,
}) => {
  await watchCards(page);
  await open(page);
  const [simclr, other] = await cards(page);
  const { step: first } = await train(page, 6);
  await choose(page, other!);
  await back(page, 0);
  await page.keyboard.press("Escape");
  await expect(
    news(page).getByRole("button", { name: /^Keep .+ as B$/ }),
  ).toBeVisible();
  const { step: second } = await train(page, 3);
  await news(page)
    .getByRole("button", { name: /^Bring back / })
    .click();
  await back(page, first);
  expect(await snapshot(page)).toMatchObject({
    method: simclr!.id,
    state: "paused",
  });
  for (const [key, method, at] of [
    ["Control+z", other, second],
    ["Control+Shift+z", simclr, first],
  ] as const) {
    await page.keyboard.press(key);
    await expect
      .poll(async () => {
        const { method, step } = await snapshot(page);
        return { method, step };
      })
      .toEqual({ method: method!.id, step: at });
  }
});

test("a method that is taken back at once leaves the run as it was", async ({
  page,
}) => {
  await watchCards(page);
  await open(page);
  const [first, other] = await cards(page);
  await button(page, "Play").click();
  await untilStep(page, 5);
  const method = await drawer(page, "Method of A");
  await method
    .getByRole("radio", { name: other!.title, exact: true })
    .check({ force: true });
  await page.keyboard.press("Control+z");
  // The other one may train for some steps before.
  const now = async () => {
    const { method, state, step, error } = await snapshot(page);
    return { method, state, error, kept: step >= 5 };
  };
  await expect
    .poll(now)
    .toEqual({ method: first!.id, state: "running", error: null, kept: true });
  const at = await step(page);
  await untilStep(page, at + 1);
});

test("other images are taken back with the run that learned from the first", async ({
  page,
}) => {
  await open(page);
  const before = await train(page, 5);
  const address = page.url();
  const images = await drawer(page, "Images");
  await images
    .getByRole("radio", { name: "Emoji", exact: true })
    .check({ force: true });
  await expect.poll(async () => (await snapshot(page)).images).not.toBe(64);
  await page.keyboard.press("Escape");
  await expect(
    news(page).getByRole("button", { name: /^Bring back / }),
  ).toBeVisible();
  await page.keyboard.press("Control+z");
  await back(page, before.step);
  expect((await snapshot(page)).images).toBe(64);
  await expect(page).toHaveURL(address);
  // A set is drawn, so these can be drawn anew.
  await steps(page, before.step, 1);
});

test("the table names, orders, overlays, renames, deletes and brings back", async ({
  page,
}) => {
  await open(page, SHORT);
  await steps(page, 0, 3);
  const runs = await drawer(page, "Runs");
  await expect(runs.getByText("is kept here")).toBeVisible();
  await button(page, "Reset").click({ force: true });
  await page.keyboard.press("Escape");
  await back(page, 0);
  await button(page, "Play").click();
  await untilState(page, "done");
  // The verdict on the whole run is the last thing that is said of it.
  await expect
    .poll(async () => (await snapshot(page)).verdict?.next.length)
    .toBeGreaterThan(0);
  const { step: long } = await snapshot(page);
  await button(page, "Reset").click();
  await back(page, 0);
  await drawer(page, "Runs");
  await expect(rows(runs)).toHaveCount(2);
  // The last one that made way comes first, until another order is asked for.
  const firstSteps = () =>
    rows(runs).evaluateAll((all) =>
      all.map((row) =>
        Number((row as HTMLTableRowElement).cells[2]!.textContent),
      ),
    );
  expect((await firstSteps())[0]).toBe(long);
  await runs.getByRole("button", { name: "Steps" }).click();
  await runs.getByRole("button", { name: "Steps" }).click();
  expect((await firstSteps())[1]).toBe(long);
  await expect(
    runs.getByRole("columnheader", { name: "Steps" }),
  ).toHaveAttribute("aria-sort", "ascending");
  const last = rows(runs).last();
  await last.getByRole("button", { name: /^Rename / }).click();
  await page.keyboard.type("my best run");
  await page.keyboard.press("Enter");
  await expect(last).toContainText("my best run");
  await expect(last).toContainText("No collapse");
  await last
    .getByRole("checkbox", { name: "Draw the curves of my best run" })
    .check();
  await button(page, "Delete my best run").click();
  await expect(rows(runs)).toHaveCount(1);
  await button(page, "Take back my best run").click();
  await expect(rows(runs)).toHaveCount(2);
  await button(page, "Bring back my best run").click();
  await back(page, long);
  await untilState(page, "done");
  await expect(rows(runs)).toHaveCount(1);
  await expect(runs.getByRole("row", { name: /^A my best run/ })).toBeVisible();
});

test("what differs is said in words, not by paths", async ({ page }) => {
  await open(page, SHORT);
  await steps(page, 0, 2);
  await page.evaluate(() =>
    window.twoviews.send({
      type: "configure",
      settings: { seed: 7, train: { batch: 8 } },
    }),
  );
  await button(page, "Reset").click();
  await back(page, 0);
  const runs = await drawer(page, "Runs");
  const row = rows(runs).first();
  await expect(row).toContainText("Seed 42");
  await expect(row).toContainText("Batch size 16 images");
  await expect(row).not.toContainText("train.");
});

test("repeats for seeds come to a mean with its spread, and A is as it was", async ({
  page,
}) => {
  await open(page, SHORT);
  await steps(page, 0, 3);
  const runs = await drawer(page, "Runs");
  await runs.getByLabel("Number of seeds").fill("2");
  await runs.getByLabel("Number of seeds").blur();
  await expect(runs.getByText(/2 runs of about \d+:\d\d each/)).toBeVisible();
  await runs.getByRole("button", { name: "Start 2 runs" }).click();
  const mean = runs.getByRole("row", { name: /2 seeds 2 / });
  await expect(mean).toBeVisible({ timeout: 180_000 });
  await expect(
    runs.getByRole("button", { name: "Start 2 runs" }),
  ).toBeVisible();
  await back(page, 3);
  await expect(mean).toContainText(/[\d.]+ ± [\d.]+ %/);
  await expect(rows(runs)).toHaveCount(2);
  expect(await snapshot(page)).toMatchObject({ seed: 42, state: "paused" });
});

test("a repeat that fails is a row that says so; cancelling keeps what is done", async ({
  page,
}) => {
  await open(page, {
    ...TINY,
    method: "vicreg",
    "train.optimizer": "sgd",
    "train.warmup": 0,
    "train.epochs": 200,
  });
  const runs = await drawer(page, "Runs");
  await runs.getByRole("radio", { name: "A setting" }).check();
  await runs
    .getByLabel("Setting to vary")
    .selectOption({ label: "Learning rate" });
  const values = runs.getByLabel(/^Values of Learning rate/);
  await values.fill("0.001, 1000");
  await expect(runs.getByText("1000 is not from 0 to 100")).toBeVisible();
  await expect(
    runs.getByRole("button", { name: "Start", exact: true }),
  ).toBeDisabled();
  await values.fill("100, 0.001, 0.002");
  await runs.getByRole("button", { name: "Start 3 runs" }).click();
  await expect(runs.getByText(/run 2 of 3/)).toBeVisible({ timeout: 180_000 });
  await untilStep(page, 2);
  await runs.getByRole("button", { name: /^Cancel/ }).click();
  await expect(runs.getByRole("radio", { name: "A setting" })).toBeVisible();
  const failed = rows(runs).filter({ hasText: "Learning rate 100" });
  await expect(failed).toContainText("Failed");
  await expect(
    failed.getByRole("button", { name: /^Bring back/ }),
  ).toBeDisabled();
  await expect(rows(runs)).toHaveCount(2);
  const { state, step } = await snapshot(page);
  expect({ state, step }).toEqual({ state: "paused", step: 0 });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("axe finds nothing serious in the table of runs", async ({ page }) => {
      await open(page, SHORT);
      await steps(page, 0, 3);
      await button(page, "Reset").click();
      await back(page, 0);
      const runs = await drawer(page, "Runs");
      await rows(runs).first().getByRole("checkbox").check();
      await runs.getByRole("radio", { name: "A setting" }).check();
      await rows(runs)
        .first()
        .getByRole("button", { name: /^Rename / })
        .click();
      const sheet = "[role=dialog]:popover-open";
      expect(await serious(page, sheet)).toEqual([]);
    });
  });
}
