// What the page makes of the methods' cards: menu, diagram and its switches, equation, gauges.
import type { Page } from "@playwright/test";
import {
  button,
  cards,
  choose,
  expect,
  losses,
  open,
  recordLosses,
  snapshot,
  test,
  TINY,
  train,
  watchCards,
  type Card,
  drawer,
  untilState,
} from "./fixtures.ts";

const menu = (page: Page) => page.getByRole("radiogroup", { name: "Method" });
const pipeline = (page: Page) => page.getByRole("region", { name: "Pipeline" });
/** The parts of the diagram that can be switched. */
const switches = (page: Page) =>
  pipeline(page)
    .getByRole("group", { name: /^Diagram of / })
    .getByRole("button");

let all: Card[];
test.beforeEach(async ({ page }) => {
  await watchCards(page);
  // From the first step on, the weights move.
  await open(page, { ...TINY, "train.warmup": 0 });
  all = await cards(page);
});

test("the menu shows every method, by family", async ({ page }) => {
  const shown: string[][] = [];
  await drawer(page, "Method of A");
  for (const group of await menu(page).getByRole("group").all()) {
    const radios = await group.getByRole("radio").all();
    shown.push(await Promise.all(radios.map((radio) => radio.inputValue())));
  }
  const families = [...new Set(all.map(({ family }) => family))];
  const expected = families.map((family) =>
    all.filter((card) => card.family === family).map(({ id }) => id),
  );
  expect(shown).toEqual(expected);
});

test("all methods are compared side by side, and one of them taken up", async ({
  page,
}) => {
  const { method } = await snapshot(page);
  await drawer(page, "Pipeline");
  await button(page, "Compare all").click();
  const dialog = page.getByRole("dialog", { name: "All methods" });
  await expect(dialog.getByRole("img")).toHaveCount(all.length);
  await expect(dialog.getByRole("row")).toHaveCount(all.length + 1);
  // What they share stands in the same place.
  const places = await dialog
    .locator("text", { hasText: /^encoder$/ })
    .evaluateAll((texts) => texts.map((text) => text.getAttribute("x")));
  expect(places.length).toBeGreaterThanOrEqual(all.length);
  expect(new Set(places).size).toBe(1);
  const other = all.find(({ id }) => id !== method)!;
  await dialog.getByRole("button", { name: `Take up ${other.title}` }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await snapshot(page)).method).toBe(other.id);
  await drawer(page, "Pipeline");
  await expect(
    pipeline(page).getByRole("group", {
      name: new RegExp(`^Diagram of ${other.title}:`),
    }),
  ).toBeVisible();
});

test("all methods side by side say what came of those that ran here", async ({
  page,
}) => {
  await open(page, { ...TINY, "train.epochs": 16 });
  await button(page, "Play").click();
  await untilState(page, "done");
  await expect
    .poll(async () => (await snapshot(page)).verdict?.learned.state ?? "early")
    .not.toBe("early");
  const { method, knn } = await snapshot(page);
  const [ran, other] = [true, false].map((own) =>
    all.find(({ id }) => (id === method) === own)!,
  );
  await drawer(page, "Pipeline");
  await button(page, "Compare all").click();
  const row = (card: Card) =>
    page
      .getByRole("dialog", { name: "All methods" })
      .getByRole("listitem")
      .filter({ has: button(page, `Take up ${card.title}`) });
  const score = `${((knn!.h as number) * 100).toFixed(1)} %`;
  await expect(row(ran!)).toContainText(score);
  await expect(row(ran!)).toContainText(/[+-]?\d+\.\d/);
  await expect(row(other!)).not.toContainText("%");
});

test("all methods fit one screen, in letters of 14 pixels, and begin without what is drawn as off", async ({
  page,
}) => {
  await page.setViewportSize({ width: 1366, height: 768 });
  await drawer(page, "Pipeline");
  await button(page, "Compare all").click();
  const dialog = page.getByRole("dialog", { name: "All methods" });
  await expect(dialog.getByRole("img")).toHaveCount(all.length);
  const drawn = await dialog.getByRole("img").evaluateAll((pictures) =>
    (pictures as unknown as SVGSVGElement[]).map((picture) => {
      const { bottom, width } = picture.getBoundingClientRect();
      const scale = width / picture.viewBox.baseVal.width;
      const sizes = [...picture.querySelectorAll("text")].map((text) =>
        parseFloat(getComputedStyle(text).fontSize),
      );
      const { scrollWidth, clientWidth } = picture.parentElement!;
      return {
        bottom,
        letters: scale * Math.min(...sizes),
        hidden: scrollWidth - clientWidth,
        off: picture.querySelectorAll(".off").length,
      };
    }),
  );
  const table: { path: string; method: string | null; default: unknown }[] =
    await page.evaluate(() => window.table as any);
  for (const [i, card] of all.entries()) {
    const { bottom, letters, hidden, off } = drawn[i];
    expect(bottom, card.id).toBeLessThanOrEqual(768);
    expect(letters, card.id).toBeGreaterThanOrEqual(14);
    expect(hidden, card.id).toBe(0);
    const begins = (field: string | null) =>
      table.find(
        ({ path, method }) => method === card.id && path === `knobs.${field}`,
      )?.default;
    const without = card.diagram.branches
      .flat()
      .filter((part) => [false, "none"].includes(begins(part.switch) as any));
    expect(off, card.id).toBe(without.length);
  }
  expect(drawn.some(({ off }) => off > 0)).toBe(true);
});

test.describe("two runs", () => {
  test.use({ runs: 2 });

  test("a method is put beside another from all of them", async ({ page }) => {
    const { method } = await snapshot(page);
    const other = all.find(({ id }) => id !== method)!;
    await drawer(page, "Pipeline");
    await button(page, "Compare all").click();
    await button(page, `Put ${other.title} Beside`).click();
    await expect(
      page.getByRole("button", { name: `Method of B: ${other.title}` }),
    ).toBeVisible();
    expect((await snapshot(page)).method).toBe(method);
  });
});

test("what can be switched has a switch, which moves", async ({ page }) => {
  await drawer(page, "Pipeline");
  const parts = switches(page);
  expect(await parts.count()).toBeGreaterThan(0);
  const [part] = await parts.filter({ hasText: "projector" }).all();
  await expect(parts.locator("circle")).toHaveCount(await parts.count());
  const knob = async () =>
    Number(await part.locator("circle").getAttribute("cx"));
  const on = await knob();
  await part.click();
  await expect(part).toHaveAttribute("aria-pressed", "false");
  expect(await knob()).toBeLessThan(on);
  await expect(part.locator("text").first()).toHaveCSS(
    "text-decoration-line",
    "line-through",
  );
});

test("a part that is switched off is a setting, can be undone, and ends with the next start", async ({
  page,
}) => {
  await drawer(page, "Pipeline");
  const [part] = await switches(page).filter({ hasText: "projector" }).all();
  await expect(part).toHaveAttribute("aria-pressed", "true");
  const { step } = await train(page, 1);
  await drawer(page, "Pipeline");
  const width = page.evaluate(
    () =>
      new Promise((resolve) => {
        window.twoviews.on("started", ({ h, z }) => resolve(h === z));
      }),
  );
  await part.press("Space");
  await expect(part).toHaveAttribute("aria-pressed", "false");
  await expect(page).toHaveURL(/knobs\.projector=none/);
  const method = await drawer(page, "Method of A");
  await expect(method.getByLabel("Projector", { exact: true })).toHaveValue(
    "none",
  );
  // The key has not played.
  expect((await snapshot(page)).state).toBe("paused");
  await button(page, "Apply (start anew)").click();
  expect(await width, "z is h").toBe(true);
  // First the run that made way comes back, then the switch.
  await page.locator("body").press("Control+z");
  await expect.poll(async () => (await snapshot(page)).step).toBe(step);
  await page.locator("body").press("Control+z");
  await drawer(page, "Pipeline");
  await expect(part).toHaveAttribute("aria-pressed", "true");
  await expect(page).not.toHaveURL(/knobs\.projector/);
});

test("every switch of every diagram acts on the run", async ({ page }) => {
  await recordLosses(page);
  test.setTimeout(all.length * 60_000);
  const part = (name: string) =>
    switches(page).and(page.getByRole("button", { name, exact: true }));
  /** The losses of an epoch with the switches as they are. */
  const curve = async () => {
    await page.evaluate(() => {
      window.losses = {};
      window.twoviews.send({ type: "start" });
      window.twoviews.send({ type: "epoch" });
    });
    await expect
      .poll(async () => (await losses(page)).length, { intervals: [50] })
      .toBe(4);
    const curve = await losses(page);
    expect(curve.every(Number.isFinite)).toBe(true);
    return String(curve);
  };
  /** Turns a switch over, and tells whether the losses are others. */
  const acts = async (name: string, before: string) => {
    const pressed = await part(name).getAttribute("aria-pressed");
    await part(name).click();
    await expect(part(name)).not.toHaveAttribute("aria-pressed", pressed!);
    const after = await curve();
    await part(name).click();
    await expect(part(name)).toHaveAttribute("aria-pressed", pressed!);
    return before !== after;
  };
  for (const card of all) {
    await choose(page, card);
    await drawer(page, "Pipeline");
    const names = await switches(page).evaluateAll((parts) =>
      parts.map((part) => part.getAttribute("aria-label")!),
    );
    const usual = await curve();
    for (const name of names) {
      // Both branches have one switch.
      const twin = name.replace("second branch", "first branch");
      if (twin !== name && names.includes(twin)) continue;
      await test.step(`${card.id}: ${name}`, async () => {
        if (await acts(name, usual)) return;
        // A slow copy lets no gradient through: only without it is there any to stop.
        expect(names).toContain("moving average");
        await part("moving average").click();
        const before = await curve();
        expect(await acts(name, before), `${card.id}: ${name}`).toBe(true);
        await part("moving average").click();
      });
    }
    expect((await snapshot(page)).error, card.id).toBeNull();
  }
});

test("the loss of every method is written as its terms, with the weights in force", async ({
  page,
}) => {
  const equation = page.getByRole("region", { name: "Equation" });
  const sum = equation.getByRole("group");
  for (const card of all) {
    await choose(page, card);
    const terms = sum.getByRole("figure");
    await expect(terms, card.id).toHaveCount(card.terms.length);
    for (const [i, { label }] of card.terms.entries()) {
      await expect(terms.nth(i), card.id).toContainText(label);
      await expect(terms.nth(i).getByRole("math"), card.id).toHaveCount(1);
    }
    await expect(equation.locator(".katex-error"), card.id).toHaveCount(0);
    await expect(equation.locator("code"), card.id).toHaveCount(0);
  }
  const card = all.find(({ id }) => id === "vicreg")!;
  await choose(page, card);
  await train(page, 1);
  await drawer(page, "Method of A");
  await expect(sum.getByText("25 ×")).toHaveCount(2);
});

test("the views of every method and what it measures are shown", async ({
  page,
}) => {
  for (const card of all) {
    await choose(page, card);
    const views = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const stop = window.twoviews.on("views", ({ views }) => {
            stop();
            resolve(views.length);
          });
        }),
    );
    await button(page, "Reset").click();
    await train(page, 1);
    const pairs = page.getByRole("region", { name: "Views" });
    const [first] = await pairs.getByRole("listitem").all();
    await expect(first.getByRole("img"), card.id).toHaveCount(
      1 + (await views),
    );
    const loss = await drawer(page, "Loss of A");
    for (const { label } of card.gauges) {
      const term = loss.getByRole("term").filter({ hasText: label });
      const value = term.locator("+ dd");
      await expect(value, `${card.id}: ${label}`).toHaveText(/^-?\d/);
    }
  }
});

test("the published settings stand beside those in force, and can be taken", async ({
  page,
}) => {
  const settings = await drawer(page, "Settings of A");
  const rate = settings.getByRole("row").filter({ hasText: "learning rate" });
  const optimiser = page.getByLabel("Optimiser", { exact: true });
  await expect(optimiser).toHaveValue("adamw");
  const [, published, scaled, here] = await rate
    .getByRole("cell")
    .allInnerTexts();
  expect(Number(scaled)).toBeCloseTo((Number(published) * 16) / 4096, 3);
  expect(here).not.toBe(scaled);
  await settings.getByRole("button", { name: /published optimiser/ }).click();
  await expect(optimiser).toHaveValue("lars");
  await expect(rate.getByRole("cell").last()).toHaveText(scaled);
  await optimiser.selectOption("Adam");
  await expect(page).toHaveURL(/train\.optimizer=adam(&|$)/);
  await train(page, 2);
});
