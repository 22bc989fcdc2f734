// Words are explained where they stand: to a pointer, to keys and to a finger.
import type { Page } from "@playwright/test";
import { serious } from "./axe.ts";
import { drawer, expect, open, test, train } from "./fixtures.ts";

const word = (page: Page) =>
  page
    .getByRole("region", { name: "Run A" })
    .getByRole("button", { name: "untrained", exact: true });
const meaning = (page: Page) =>
  page.getByRole("tooltip").filter({ hasText: "before its first step" });

test("a word is explained to a pointer, to keys, and put away by Escape", async ({
  page,
}) => {
  await open(page);
  await word(page).hover();
  await expect(meaning(page)).toBeVisible();
  // One may go to it, to read it.
  await meaning(page).hover();
  await expect(meaning(page)).toBeVisible();
  await page.mouse.move(0, 0);
  await expect(meaning(page)).toBeHidden();
  await word(page).focus();
  await expect(meaning(page)).toBeVisible();
  const said = await word(page).evaluate(
    (button) =>
      document.getElementById(button.getAttribute("aria-describedby")!)!
        .textContent,
  );
  expect(said).toContain("before its first step");
  await page.keyboard.press("Escape");
  await expect(meaning(page)).toBeHidden();
});

test.describe("by touch", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test("a tap explains, and a tap elsewhere puts it away", async ({ page }) => {
    await open(page);
    await word(page).tap();
    await expect(meaning(page)).toBeVisible();
    const box = (await meaning(page).boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(390);
    await page.touchscreen.tap(200, 70);
    await expect(meaning(page)).toBeHidden();
  });
});

test("Escape puts an explanation away, and not the drawer it stands in", async ({
  page,
}) => {
  await open(page);
  await train(page, 2);
  const readings = await drawer(page, "Readings of A");
  const rank = readings.getByRole("button", { name: "effective rank" });
  await rank.focus();
  const about = readings
    .getByRole("tooltip")
    .filter({ hasText: "directions are in use" });
  await expect(about).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(about).toBeHidden();
  await expect(readings).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("axe finds nothing serious in an explanation with a picture", async ({
      page,
    }) => {
      await open(page);
      await train(page, 2);
      const readings = await drawer(page, "Readings of A");
      await readings.getByRole("button", { name: "h, learned" }).focus();
      await expect(
        readings.getByRole("tooltip").locator("svg:visible"),
      ).toHaveCount(1);
      expect(await serious(page)).toEqual([]);
    });
  });
}

test("settings without effect stand apart, with the reason, and come back", async ({
  page,
}) => {
  await open(page);
  const method = await drawer(page, "Method of A");
  const margin = method.getByLabel("Margin m", { exact: true });
  await expect(margin).toBeHidden();
  await method.getByText("2 settings without effect now").click();
  await expect(margin).toBeDisabled();
  await expect(margin).toHaveAccessibleDescription(/No effect while Loss is/);
  await method.getByLabel("Loss", { exact: true }).selectOption("margin");
  await expect(margin).toBeEnabled();
  await expect(margin).toBeVisible();
  const temperature = method.getByLabel("Temperature τ", { exact: true });
  await expect(temperature).toBeDisabled();
});

test("what a setting does and when it takes effect stands beside it", async ({
  page,
}) => {
  await open(page);
  await train(page, 1);
  const method = await drawer(page, "Method of A");
  const line = (label: string) =>
    method
      .locator("span")
      .filter({ has: page.locator("label", { hasText: label }) })
      .last();
  await expect(line("Temperature")).toContainText("live");
  await expect(line("Projector")).toContainText("next start");
  await line("Temperature")
    .getByRole("button", { name: "What it does" })
    .focus();
  await expect(
    method.getByRole("tooltip").filter({ hasText: "only the nearest" }),
  ).toBeVisible();
  await method.getByLabel("Projector", { exact: true }).selectOption("none");
  await expect(line("Projector")).toContainText("waits for the next start");
});
