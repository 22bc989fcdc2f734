// What axe finds wrong, and the looks in which it looks.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

export const LOOKS = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  narrow: { colorScheme: "light", viewport: { width: 390, height: 844 } },
} as const;

/** What is serious or critical, with the elements at fault: of these parts, or of the whole page. */
export async function serious(page: Page, ...parts: string[]) {
  const axe = parts.reduce(
    (axe, part) => axe.include(part),
    // Not all that passes, and without a second page to join the results of frames in, for there are none:
    // that took two thirds of the time.
    new AxeBuilder({ page })
      .options({ resultTypes: ["violations"] })
      .setLegacyMode(true),
  );
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`,
    );
}

/** By how many pixels the page is wider than its window. */
export const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
