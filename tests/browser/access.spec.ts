// The page is for everyone: axe finds nothing serious, in each theme and width, before and in a run.
import { AxeBuilder } from "@axe-core/playwright";
import {
  button,
  DRAWERS,
  drawer,
  expect,
  open,
  test,
  train,
} from "./fixtures.ts";

const LOOKS = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  narrow: { colorScheme: "light", viewport: { width: 390, height: 844 } },
} as const;

for (const [look, options] of Object.entries(LOOKS)) {
  test.describe(look, () => {
    test.use(options);

    test("axe finds nothing serious", async ({ page }) => {
      // axe looks at every element three times, the last time with all diagrams.
      test.setTimeout(300_000);
      const serious = async () => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        return violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(
            ({ id, nodes }) =>
              `${id}: ${nodes.map(({ html }) => html).join("\n")}`,
          );
      };
      await open(page);
      expect(await serious()).toEqual([]);
      await train(page, 12);
      expect(await serious()).toEqual([]);
      for (const name of Object.keys(DRAWERS) as (keyof typeof DRAWERS)[]) {
        if (name === "Method of B") continue;
        // On a phone one of the two is in sight.
        const other = button(page, name === "Beside A" ? "Show B" : "Show A");
        if (await other.isVisible()) {
          await page.keyboard.press("Escape");
          await other.click();
        }
        await drawer(page, name);
        expect(await serious(), `with ${name} open`).toEqual([]);
      }
      await drawer(page, "Pipeline");
      await button(page, "Compare all").click();
      expect(await serious(), "with all methods compared").toEqual([]);
      await page.keyboard.press("Escape");
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth,
      );
      expect(overflow, "scrolls sideways").toBeLessThanOrEqual(0);
    });
  });
}
