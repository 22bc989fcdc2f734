// The page is for everyone: axe finds nothing serious, in each theme and width, before and in a run.
import { LOOKS, overflow, serious } from "./axe.ts";
import {
  button,
  DRAWERS,
  drawer,
  expect,
  open,
  test,
  train,
} from "./fixtures.ts";

for (const [look, options] of Object.entries(LOOKS)) {
  test.describe(look, () => {
    test.use(options);

    test("axe finds nothing serious", async ({ page }) => {
      // axe looks at every element three times, the last time with all diagrams.
      test.setTimeout(300_000);
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
