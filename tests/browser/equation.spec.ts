// The equation is of the loss in force, and follows the switches.
import type { Page } from "@playwright/test";
import { drawer, expect, open, test, TINY } from "./fixtures.ts";

/** The formulas as they were written, and what their letters mean. */
async function equation(page: Page) {
  const method = await drawer(page, "Method of A");
  const region = method.getByRole("region", { name: "Equation" });
  return { method, region, sources: region.locator("figure annotation") };
}

test("with stop-gradient off nothing is stopped, and without a predictor nothing predicted", async ({
  page,
}) => {
  await open(page, { ...TINY, method: "simsiam" });
  const { method, region, sources } = await equation(page);
  await expect(sources).toHaveText([/p_i.*sg/, /p'_i.*sg/]);
  await expect(region).toContainText("no gradient flows back");
  await method.getByLabel("Stop-gradient", { exact: true }).click();
  await expect(sources).toHaveText([/p_i, z'_i/, /p'_i, z_i/]);
  await expect(region).not.toContainText("no gradient flows back");
  await method.getByLabel("Predictor", { exact: true }).click();
  await expect(sources).toHaveText([/\(z_i, z'_i/, /\(z'_i, z_i/]);
});

test("of three losses the one that is chosen stands there", async ({
  page,
}) => {
  await open(page);
  const { method, region, sources } = await equation(page);
  await expect(sources).toHaveText([/tau/, /\\log\\sum/]);
  await expect(region).toContainText("temperature");
  await expect(region).not.toContainText("margin;");
  await method.getByLabel("Loss", { exact: true }).selectOption("margin");
  await expect(sources).toHaveText([/m-s_/, /A_i/]);
  await expect(region).toContainText("margin;");
  await expect(region).not.toContainText(": temperature");
  await expect(region.locator(".katex-error")).toHaveCount(0);
});

test("no formula of any method, whatever is switched, is beyond the renderer", async ({
  page,
}) => {
  await page.addInitScript(() => {
    type Case = { when: []; text: string };
    type Said = { terms: { formula: Case[] }[]; letters: Case[][] };
    const Real = window.Worker;
    window.Worker = class extends Real {
      constructor(...given: ConstructorParameters<typeof Real>) {
        super(...given);
        this.addEventListener("message", ({ data }) => {
          if (data?.type !== "ready") return;
          // The methods say all that any of them says with any settings.
          const all: Said[] = data.methods;
          const always = ({ text }: Case): Case => ({ when: [], text });
          const formulas = all.flatMap(({ terms }) =>
            terms.flatMap(({ formula }) => formula.map(always)),
          );
          const letters = all.flatMap((card) => card.letters.flat());
          for (const card of all) {
            const [term] = card.terms;
            card.terms = formulas.map((one, i) => ({
              ...term!,
              id: `${i}`,
              formula: [one],
            }));
            card.letters = letters.map((one) => [always(one)]);
          }
          Object.assign(window, { formulas: formulas.length });
        });
      }
    };
  });
  await open(page);
  const { region, sources } = await equation(page);
  const count = await page.evaluate(
    () => (window as unknown as { formulas: number }).formulas,
  );
  expect(count).toBeGreaterThan(50);
  await expect(sources).toHaveCount(count);
  const letters = region.locator("p annotation");
  await expect.poll(() => letters.count()).toBeGreaterThan(50);
  await expect(region.locator(".katex-error")).toHaveCount(0);
});
