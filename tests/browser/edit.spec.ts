// The learner's own images are removed, labelled anew, renamed; what was done is taken back.
import { readdirSync } from "node:fs";
import type { Page } from "@playwright/test";
import {
  button,
  drawer,
  drop,
  expect,
  image,
  nextLabels,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  untilStep,
} from "./fixtures.ts";

const [CAT, COFFEE, ROCKET] = readdirSync(image("drop"));
const countOf = (label: string) => readdirSync(image(`drop/${label}`)).length;
const COUNT = countOf(CAT) + countOf(COFFEE) + countOf(ROCKET);

const grid = (page: Page) =>
  page.getByRole("listbox", { name: "Thumbnails of all images" });
const option = (page: Page, at: number) =>
  grid(page).getByRole("option").nth(at);
const selected = (page: Page) =>
  grid(page).getByRole("option", { selected: true });
const byLabel = (page: Page, label: string) =>
  page
    .getByRole("group", { name: "Select by label" })
    .getByRole("button", { name: label });
const images = async (page: Page) => (await snapshot(page)).images;

/** Drops the images of the tests, in three folders. */
async function dropAll(page: Page): Promise<void> {
  await drop(page, [image("drop")]);
  await expect.poll(() => images(page)).toBe(COUNT);
  await expect(button(page, "Play")).toBeEnabled();
  await drawer(page, "Images");
}

test.beforeEach(({ page }) => open(page));

test("images are selected by click, range and label, removed, and brought back", async ({
  page,
}) => {
  await dropAll(page);
  await expect(button(page, "Remove")).toBeDisabled();
  await option(page, 0).click();
  await option(page, 3).click({ modifiers: ["Shift"] });
  await option(page, 1).click({ modifiers: ["ControlOrMeta"] });
  await expect(selected(page)).toHaveCount(3);
  let labels = nextLabels(page);
  await button(page, "Remove").click();
  expect(await labels).toEqual({
    [CAT]: countOf(CAT) - 3,
    [COFFEE]: countOf(COFFEE),
    [ROCKET]: countOf(ROCKET),
  });
  await expect(selected(page)).toHaveCount(0);
  await byLabel(page, COFFEE).click();
  await expect(page.getByText(`${countOf(COFFEE)} selected`)).toBeVisible();
  labels = nextLabels(page);
  await button(page, "Remove").click();
  expect(await labels).toEqual({
    [CAT]: countOf(CAT) - 3,
    [ROCKET]: countOf(ROCKET),
  });
  await expect(byLabel(page, COFFEE)).toHaveCount(0);
  // One after the other.
  await button(page, "Undo").click();
  await expect.poll(() => images(page)).toBe(COUNT - 3);
  labels = nextLabels(page);
  await button(page, "Undo").click();
  expect(await labels).toEqual({
    [CAT]: countOf(CAT),
    [COFFEE]: countOf(COFFEE),
    [ROCKET]: countOf(ROCKET),
  });
  await expect(button(page, "Undo")).toHaveCount(0);
});

test("keys select and remove", async ({ page }) => {
  await dropAll(page);
  await grid(page).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.keyboard.press("End");
  await page.keyboard.press("Space");
  await expect(selected(page).last()).toBeVisible();
  await page.keyboard.press("Shift+ArrowLeft");
  await expect(page.getByText("2 selected")).toBeVisible();
  await page.keyboard.press("Delete");
  await expect.poll(() => images(page)).toBe(COUNT - 2);
  await page.keyboard.press("Control+z");
  await expect.poll(() => images(page)).toBe(COUNT);
  await page.keyboard.press("Control+a");
  await expect(page.getByText(`${COUNT} selected`)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(selected(page)).toHaveCount(0);
  // Space has not played.
  expect(await snapshot(page)).toMatchObject({ state: "loaded", step: 0 });
});

test("what was done to images is taken back from anywhere, in its turn", async ({
  page,
}) => {
  await dropAll(page);
  await option(page, 0).click();
  await button(page, "Remove").click();
  await expect.poll(() => images(page)).toBe(COUNT - 1);
  const settings = await drawer(page, "Settings of A");
  const batch = settings.getByRole("spinbutton", { name: "Batch size" });
  await batch.fill("12");
  await batch.press("Tab");
  await expect(page).toHaveURL(/train\.batch=12/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  await expect(page).not.toHaveURL(/train\.batch=12/);
  expect(await images(page)).toBe(COUNT - 1);
  await page.keyboard.press("Control+z");
  await expect.poll(() => images(page)).toBe(COUNT);
});

test("another label stays, and what was removed stays away, when images are read at another size", async ({
  page,
}) => {
  await dropAll(page);
  await byLabel(page, ROCKET).click();
  await button(page, "Remove").click();
  await expect.poll(() => images(page)).toBe(COUNT - countOf(ROCKET));
  await option(page, 0).click();
  await option(page, 1).click({ modifiers: ["Shift"] });
  let labels = nextLabels(page);
  await button(page, "Label as…").click();
  await page.getByLabel("Label of 2 images").fill("tabby");
  await page.keyboard.press("Enter");
  const expected = {
    [CAT]: countOf(CAT) - 2,
    [COFFEE]: countOf(COFFEE),
    tabby: 2,
  };
  expect(await labels).toEqual(expected);
  await expect(option(page, 0)).toHaveAccessibleName(/, tabby$/);
  labels = nextLabels(page);
  await page.evaluate(() =>
    window.twoviews.send({ type: "configure", settings: { size: 32 } }),
  );
  expect(await labels).toEqual(expected);
  // Nor are they added a second time under their old label.
  await drop(page, [image("drop")]);
  await expect.poll(() => images(page)).toBe(COUNT);
});

test("a run that was going goes on afresh with the images that are left", async ({
  page,
}) => {
  await dropAll(page);
  await button(page, "Play").click();
  await untilStep(page, 3);
  await drawer(page, "Images");
  await option(page, 0).click();
  await button(page, "Remove").click();
  await expect(
    page.getByText("1 image removed; a fresh run began.").first(),
  ).toBeVisible();
  await untilState(page, "running");
  await untilStep(page, 1);
  expect(await images(page)).toBe(COUNT - 1);
  await button(page, "Pause").click();
  await untilState(page, "paused");
});

test.describe("side by side", () => {
  test.use({ runs: 2 });

  test("two runs side by side both go on with the images that are left", async ({
    page,
  }) => {
    await dropAll(page);
    await page.keyboard.press("Escape");
    await button(page, "SimCLR | VICReg").click();
    const told = () =>
      page.evaluate(() => {
        const { a, b } = window.twoviews.runs;
        return [a, b].map((run) => {
          const { state, method, step } = run.snapshot();
          return { state, method, begun: step > 0 };
        });
      });
    const going = ["simclr", "vicreg"].map((method) => ({
      state: "running",
      method,
      begun: true,
    }));
    await button(page, "Play").click();
    await expect.poll(told).toEqual(going);
    await page.evaluate(() =>
      window.twoviews.runs.b.on("loaded", ({ images }) => {
        window.left = images.names.length;
      }),
    );
    await drawer(page, "Images");
    await option(page, 0).click();
    await button(page, "Remove").click();
    await expect.poll(() => page.evaluate(() => window.left)).toBe(COUNT - 1);
    await expect.poll(told).toEqual(going);
  });
});

test("a run that was paused waits for Play", async ({ page }) => {
  await dropAll(page);
  await train(page, 2);
  await drawer(page, "Images");
  await option(page, 0).click();
  await button(page, "Remove").click();
  await expect(
    page.getByText("1 image removed; a fresh run begins with Play.").first(),
  ).toBeVisible();
  await expect(button(page, "Play")).toBeEnabled();
  expect(await snapshot(page)).toMatchObject({ state: "loaded", step: 0 });
});

test("too few images are said, none are too, and all come back", async ({
  page,
}) => {
  await dropAll(page);
  await button(page, "Play").click();
  await untilStep(page, 1);
  await drawer(page, "Images");
  await option(page, 7).click();
  await grid(page).press("Shift+End");
  await button(page, "Remove").click();
  await expect(
    page.getByText("7 images: at least 8 are needed."),
  ).toBeVisible();
  await expect(
    page.getByText(/images removed\. At least 8 images are needed/).first(),
  ).toBeVisible();
  await expect(button(page, "Play")).toBeDisabled();
  await drawer(page, "Images");
  await grid(page).press("Control+a");
  await button(page, "Remove").click();
  await expect.poll(() => images(page)).toBe(0);
  await expect(page.getByText("7 images removed.").first()).toBeVisible();
  await button(page, "Undo").click();
  await expect.poll(() => images(page)).toBe(7);
  await button(page, "Undo").click();
  await expect.poll(() => images(page)).toBe(COUNT);
  await expect(button(page, "Play")).toBeEnabled();
});

test("a label of one image is named, with what that means", async ({
  page,
}) => {
  await dropAll(page);
  await option(page, 0).click();
  await button(page, "Label as…").click();
  await page.getByLabel("Label of 1 image").fill("lonely");
  await page.keyboard.press("Enter");
  await expect(
    page.getByText(/Only one image is labelled “lonely”/),
  ).toBeVisible();
  // It is no obstacle.
  await train(page, 2);
});

test("own images have their folder's name, and another if the learner gives one", async ({
  page,
}) => {
  const panel = page.getByRole("region", { name: "Images", exact: true });
  await drawer(page, "Images");
  await expect(panel.locator("strong", { hasText: "Shapes" })).toBeVisible();
  await expect(button(page, "Rename the images")).toHaveCount(0);
  await dropAll(page);
  await expect(panel.locator("strong", { hasText: /^drop$/ })).toBeVisible();
  await button(page, "Rename the images").click();
  await page.getByLabel("Name of the images").fill("Things at home");
  await page.keyboard.press("Enter");
  await expect(panel.getByText("Things at home")).toBeVisible();
  await expect(
    page.getByRole("button", { name: /^Images: Things at home/ }),
  ).toBeVisible();
  await option(page, 0).click();
  await button(page, "Remove").click();
  await expect.poll(() => images(page)).toBe(COUNT - 1);
  await expect(panel.getByText("Things at home")).toBeVisible();
  await page.getByRole("radio", { name: "Shapes" }).check({ force: true });
  await expect(panel.locator("strong", { hasText: "Shapes" })).toBeVisible();
});

test("a built-in set stays whole, and of many images only those in sight are there", async ({
  page,
}) => {
  await open(page, { ...TINY, "shapes.count": 5000 });
  await drawer(page, "Images");
  await expect(grid(page)).toHaveAttribute("aria-multiselectable", "false");
  await expect(button(page, "Remove")).toHaveCount(0);
  await option(page, 0).click();
  await expect(selected(page)).toHaveCount(0);
  expect(await grid(page).getByRole("option").count()).toBeLessThan(200);
  await grid(page).press("End");
  await expect(grid(page).locator('[aria-posinset="5000"]')).toBeInViewport();
});

test("how many of the images the map draws is said, as long as it draws not all", async ({
  page,
}) => {
  await open(page, { ...TINY, "shapes.count": 600 });
  const panel = page.getByRole("region", { name: "Images", exact: true });
  await drawer(page, "Images");
  await expect(panel.getByText("600 images, 16 px")).toBeVisible();
  // What was said each time that the map had been drawn.
  await page.evaluate(() => {
    window.said = [];
    window.twoviews.on("map", ({ images }) =>
      setTimeout(() => {
        const text = document.querySelector(".counted")?.textContent ?? "";
        const [, drawn = "600"] = /(\d+) of them drawn/.exec(text) ?? [];
        window.said.push([images.length, Number(drawn)]);
      }),
    );
  });
  await train(page, 2);
  await expect
    .poll(() => page.evaluate(() => window.said.length))
    .toBeGreaterThan(0);
  const said = await page.evaluate(() => window.said);
  for (const [drawn, told] of said) expect(told).toBe(drawn);
  expect(said[0][0]).toBeLessThan(600);
});

declare global {
  interface Window {
    /** How many images a map drew, and how many the page says. */
    said: [number, number][];
    /** How many images B was given last. */
    left?: number;
  }
}
