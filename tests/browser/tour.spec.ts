// The tour: six steps, once, and out of the way of everything else.
import type { Page } from "@playwright/test";
import { serious } from "./axe.ts";
import {
  button,
  drawer,
  expect,
  open,
  snapshot,
  test,
  TINY,
} from "./fixtures.ts";

const card = (page: Page) =>
  page.getByRole("dialog").filter({ hasText: /\d of 6/ });
const ASKED = { ...TINY, tour: "" };

test("it has six steps, keys do what they did, and it does not come again", async ({
  page,
}) => {
  await open(page, ASKED);
  await expect(card(page)).toContainText("1 of 6");
  // It is not modal: the space bar plays.
  await page.keyboard.press("Space");
  await expect.poll(async () => (await snapshot(page)).state).toBe("running");
  await expect(card(page)).toContainText("It is training");
  await page.keyboard.press("Space");
  for (const step of [2, 3, 4, 5, 6]) {
    await button(page, "Next").click();
    await expect(card(page)).toContainText(`${step} of 6`);
  }
  await button(page, "Done").click();
  await expect(card(page)).toHaveCount(0);
  await page.reload();
  await expect(button(page, "Play")).toBeEnabled();
  await expect(page.getByRole("list", { name: "Labels" })).toBeVisible();
  await expect(card(page)).toHaveCount(0);
});

test("it is skipped by a press or by Escape, and started again from More", async ({
  page,
}) => {
  await open(page, ASKED);
  await button(page, "Skip tour").click();
  await expect(card(page)).toHaveCount(0);
  await drawer(page, "More");
  await button(page, "Show the tour").click();
  await expect(card(page)).toContainText("1 of 6");
  await expect(card(page)).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(card(page)).toContainText("2 of 6");
  await page.keyboard.press("Escape");
  await expect(card(page)).toHaveCount(0);
  await expect(button(page, "More")).toBeFocused();
});

test("what a step points at is brought onto the screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 620 });
  await open(page, ASKED);
  await button(page, "Next").click();
  await button(page, "Next").click();
  await expect(card(page)).toContainText("3 of 6");
  await expect(page.locator("[data-tour=views]")).toBeInViewport();
});

test("a step whose element is not drawn is skipped", async ({ page }) => {
  await open(page, ASKED);
  await page.evaluate(() => {
    // Styles that are written into the page are forbidden.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("[data-tour=images]{display:none !important}");
    document.adoptedStyleSheets.push(sheet);
  });
  await button(page, "Next").click();
  await expect(card(page)).toContainText("3 of 6");
});

test.describe("where storage is refused", () => {
  test("it comes once a visit, and nothing breaks", async ({ page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", {
        get: () => {
          throw new Error("refused");
        },
      });
    });
    await open(page, ASKED);
    await button(page, "Skip tour").click();
    // Further images are no further visit.
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(1);
    await expect(card(page)).toHaveCount(0);
  });
});

test("it does not come to a test that does not ask, to who says no, nor to a projector", async ({
  page,
}) => {
  const projector = { ...ASKED, show: "projector" };
  for (const asked of [TINY, { ...TINY, tour: "off" }, projector]) {
    await open(page, asked);
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(1);
    await expect(card(page)).toHaveCount(0);
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 390, height: 844 } });

    test("axe finds nothing serious in it, and it stays on a phone's screen", async ({
      page,
    }) => {
      await open(page, ASKED);
      while (await button(page, "Next").isVisible()) {
        const box = (await card(page).boundingBox())!;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(390);
        expect(box.y + box.height).toBeLessThanOrEqual(844);
        await button(page, "Next").click();
      }
      await drawer(page, "More");
      await button(page, "Show the tour").click();
      expect(await serious(page)).toEqual([]);
    });
  });
}
