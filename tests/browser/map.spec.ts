// The two maps: what is done to one shows on both, their axes are one, and no way of using them is missing.
import type { Page } from "@playwright/test";
import { serious } from "./axe.ts";
import { button, expect, map, open, test, TINY, train } from "./fixtures.ts";
import {
  differing,
  keepWorker,
  labels,
  picture,
  square,
  TWO,
  walk,
} from "./maps.ts";

declare global {
  interface Window {
    answers: number;
  }
}

/** Both maps as they are. */
const both = async (page: Page) => [
  await picture(page, "A"),
  await picture(page, "B"),
];

/** Expects both maps to look other than they did, or the same again. */
async function expectChanged(
  page: Page,
  before: Buffer[],
  changed: boolean,
): Promise<void> {
  for (const [i, now] of (await both(page)).entries()) {
    const pixels = await differing(page, before[i], now);
    if (changed) expect(pixels, `map ${"AB"[i]}`).toBeGreaterThan(20);
    // The corner of a ring of focus has a few.
    else expect(pixels, `map ${"AB"[i]}`).toBeLessThan(10);
  }
}

test.describe("with two runs", () => {
  test.use({ viewport: { width: 1366, height: 768 }, runs: 2 });

  test("an image walked to and chosen on one map is ringed on both, and has its nearest in both", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    const plain = await both(page);
    await walk(page).press("ArrowRight");
    await expectChanged(page, plain, true);
    const walked = await both(page);
    await page.keyboard.press("Enter");
    for (const run of ["A", "B"]) {
      const name = `${run} nearest in h`;
      await expect(page.getByRole("heading", { name })).toBeVisible();
    }
    await expectChanged(page, walked, true);
    // The other vector has other nearest images.
    await page
      .getByRole("radio", { name: "z", exact: true })
      .check({ force: true });
    for (const run of ["A", "B"]) {
      const name = `${run} nearest in z`;
      await expect(page.getByRole("heading", { name })).toBeVisible();
    }
    await walk(page).press("Escape");
    await expect(page.getByText("Click a point")).toBeVisible();
  });

  test("the wheel zooms both once a map has been clicked, and Fit shows all again", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    await page.mouse.move(5, 5);
    const whole = await both(page);
    await map(page).hover({ position: { x: 30, y: 30 } });
    await page.mouse.wheel(0, -200);
    await expectChanged(page, whole, false);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -20);
    await page.keyboard.up("Control");
    await expectChanged(page, whole, true);
    await button(page, "Fit").click();
    await expectChanged(page, whole, false);
    await walk(page).press("0");
    const focused = await both(page);
    await page.keyboard.press("+");
    await expectChanged(page, focused, true);
    await page.keyboard.press("0");
    await expectChanged(page, focused, false);
    await map(page).hover({ position: { x: 30, y: 30 } });
    await page.mouse.wheel(0, -200);
    await expectChanged(page, focused, true);
  });

  test("a lasso says how many images of which labels it holds, until Escape", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    const plain = await both(page);
    const round = async (part: number) => {
      const { x, y, width, height } = (await map(page).boundingBox())!;
      const [right, low] = [x + width * part - 3, y + height - 3];
      await page.mouse.move(x + 3, y + 3);
      await page.mouse.down();
      for (const [cx, cy] of [
        [right, y + 3],
        [right, low],
        [x + 3, low],
      ]) {
        await page.mouse.move(cx, cy, { steps: 4 });
      }
      await page.mouse.up();
    };
    await page.keyboard.down("Shift");
    await round(1);
    await page.keyboard.up("Shift");
    await expect(page.getByText(/64 of 64 selected: 8 \w+/)).toBeVisible();
    await walk(page).press("Escape");
    await expect(page.getByText("64 of 64 drawn")).toBeVisible();
    await button(page, "Lasso").click();
    await round(0.5);
    await expect(page.getByText(/\d+ of 64 selected: /)).toBeVisible();
    const text = await page.getByText(/\d+ of 64 selected: /).textContent();
    const [all, ...parts] = text!.match(/\d+(?= )/g)!.map(Number);
    const counted = parts.slice(1).reduce((sum, count) => sum + count);
    expect(counted).toBe(all);
    expect(all).toBeLessThan(64);
    // What is outside is dimmed on both.
    await expectChanged(page, plain, true);
    await button(page, "Clear").click();
    await page.mouse.move(5, 5);
    await expectChanged(page, plain, false);
  });

  test("a label stands out on both maps while it is pressed", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    const plain = await both(page);
    const label = labels(page).getByRole("button").first();
    await label.press("Enter");
    await expect(label).toHaveAttribute("aria-pressed", "true");
    await expectChanged(page, plain, true);
    await label.press("Enter");
    await expectChanged(page, plain, false);
  });

  test("axe finds nothing serious in a map that is used", async ({ page }) => {
    // axe looks at every element three times.
    await open(page, TWO);
    await train(page, 4);
    await labels(page).getByRole("button").first().click();
    await walk(page).press("ArrowRight");
    await page.keyboard.press("Enter");
    await button(page, "h? What it is").focus();
    await expect(
      page.getByRole("tooltip").filter({ visible: true }),
    ).toContainText("what the encoder makes of an image");
    const map = ["main [role=application]", ".legend", ".tools"];
    const parts = [...map, ".neighbours", "dialog"];
    expect(await serious(page, ...parts)).toEqual([]);
    await page.keyboard.press("Escape");
    await button(page, "As table").click();
    expect(await serious(page, ...parts), "with the table").toEqual([]);
  });

  test("the table has the points of both maps", async ({ page }) => {
    await open(page, TWO);
    await train(page, 4);
    await button(page, "As table").click();
    const table = page.getByRole("dialog", { name: "Embedding map as table" });
    for (const name of ["x A", "y A", "x B", "y B"]) {
      await expect(table.getByRole("columnheader", { name })).toBeVisible();
    }
    await expect(table.getByRole("row")).toHaveCount(51);
    await table.getByRole("button", { name: "Nearest" }).first().click();
    await expect(table).toBeHidden();
    const near = page.getByRole("heading", { name: "A nearest in h" });
    await expect(near).toBeVisible();
  });
});

test("what is nearest to the chosen image is asked for anew with each map, and only then", async ({
  page,
}) => {
  await keepWorker(page);
  await open(page);
  await train(page, 2);
  await page.evaluate(() => {
    window.answers = 0;
    window.twoviews.on("neighbours", () => window.answers++);
  });
  const answers = () => page.evaluate(() => window.answers);
  await walk(page).press("ArrowRight");
  await page.keyboard.press("Enter");
  const near = page.getByRole("heading", { name: "B nearest in h" });
  await expect(near).toBeVisible();
  await picture(page);
  expect(await answers()).toBe(1);
  await page.evaluate((at) => window.tell({ at, reach: 100 }), square(100));
  await expect.poll(answers).toBe(2);
  await picture(page);
  expect(await answers()).toBe(2);
});

test("few images are drawn as themselves, many as dots, until the learner chooses", async ({
  page,
}) => {
  const images = page.getByRole("radio", { name: "images", exact: true });
  await open(page, { ...TINY, "shapes.count": 300 });
  await expect(images).toBeChecked();
  await open(page, { ...TINY, "shapes.count": 304 });
  await expect(images).not.toBeChecked();
  await images.check({ force: true });
  await expect(images).toBeChecked();
});
