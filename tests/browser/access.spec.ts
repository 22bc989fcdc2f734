// The page is for everyone: axe finds nothing serious, in each theme and width, before and in a run.
import { LOOKS, overflow, serious } from "./axe.ts";
import {
  button,
  DRAWERS,
  drawer,
  expect,
  map,
  news,
  open,
  test,
  TINY,
  train,
  untilState,
  untilStep,
} from "./fixtures.ts";

for (const [look, options] of Object.entries(LOOKS)) {
  test.describe(look, () => {
    test.use(options);

    test("axe finds nothing serious", async ({ page }) => {
      // axe looks at every element three times, the last time with all diagrams.
      await open(page);
      expect(await serious(page)).toEqual([]);
      await train(page, 12);
      expect(await serious(page)).toEqual([]);
      for (const name of Object.keys(DRAWERS) as (keyof typeof DRAWERS)[]) {
        if (name === "Method of B") continue;
        // On a phone one of the two is in sight.
        const other = button(page, name === "Beside A" ? "Show B" : "Show A");
        if (await other.isVisible()) {
          await page.keyboard.press("Escape");
          await other.click();
        }
        await drawer(page, name);
        expect(await serious(page), `with ${name} open`).toEqual([]);
      }
      await drawer(page, "Pipeline");
      await button(page, "Compare all").click();
      expect(await serious(page), "with all methods compared").toEqual([]);
      await page.keyboard.press("Escape");
      expect(await overflow(page), "scrolls sideways").toBeLessThanOrEqual(0);
    });
  });
}

test.describe("in colours of the system", () => {
  test.use({ contextOptions: { forcedColors: "active" } });

  test("bars and progress are still seen", async ({ page }) => {
    await open(page);
    await train(page, 12);
    const seen = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((bar) => {
          const colour = (of: Element) => getComputedStyle(of).backgroundColor;
          return colour(bar) !== colour(bar.parentElement!);
        });
    await expect.poll(() => seen(".bar.h")).toBe(true);
    const progress = page.getByRole("progressbar").first();
    const adjusted = await progress.evaluate(
      (bar) => getComputedStyle(bar).forcedColorAdjust,
    );
    expect(adjusted).toBe("none");
  });
});

test.describe("with less motion", () => {
  test.use({ reducedMotion: "reduce" });

  test("nothing moves by itself, and the map is drawn anew", async ({
    page,
  }) => {
    await open(page);
    await button(page, "Play").click();
    await untilStep(page, 8);
    const moving = () =>
      page.evaluate(() => document.getAnimations().map(({ id }) => id));
    expect(await moving()).toEqual([]);
    const before = await map(page).screenshot();
    await expect
      .poll(async () => (await map(page).screenshot()).equals(before))
      .toBe(false);
    await drawer(page, "More");
    expect(await moving()).toEqual([]);
  });
});

test.describe("by keys, what goes", () => {
  test.use({ runs: 1 });

  test("gives the focus back: a notice that is put away", async ({ page }) => {
    await open(page, { ...TINY, lesson: "none" });
    const close = news(page).getByRole("button", { name: "Dismiss" });
    await button(page, "Runs").focus();
    await close.focus();
    await page.keyboard.press("Enter");
    await expect(news(page)).toHaveCount(0);
    await expect(button(page, "Runs")).toBeFocused();
  });

  test("gives it to Play: a step that begins a run", async ({ page }) => {
    await open(page, { ...TINY, "train.epochs": 1 });
    await button(page, "Play").click();
    await untilState(page, "done");
    await button(page, "What next?").focus();
    await page.keyboard.press("Enter");
    const steps = page.getByRole("dialog", { name: "What to try next" });
    await steps.getByRole("button", { name: /^Train longer/ }).focus();
    await page.keyboard.press("Enter");
    await expect(steps).toHaveCount(0);
    await expect(page.locator("[data-home]")).toBeFocused();
  });
});
