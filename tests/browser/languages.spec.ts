// Another language: all that the page, its cards and its lessons say, and the choice of it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Locator, Page } from "@playwright/test";
import type { Event } from "../../www/src/protocol.ts";
import type { Words } from "../../www/src/session/wording.ts";
import { wrap } from "../../www/src/views/pipeline/diagram.ts";
import { texts, wrongs } from "../../www/tests/texts.ts";
import { LOOKS, overflow, serious } from "./axe.ts";
import {
  button,
  expect,
  open as openEnglish,
  snapshot,
  test,
  TINY,
  untilStep,
} from "./fixtures.ts";

type Ready = Extract<Event, { type: "ready" }>;

const FOLDER = resolve(import.meta.dirname, "../../www/languages/de");
const words = (name: string): Record<string, Words> =>
  JSON.parse(readFileSync(resolve(FOLDER, `${name}.json`), "utf8"));

/** Opens the page in German, and waits for the built-in set. */
async function open(
  page: Page,
  settings: Record<string, string | number> = TINY,
): Promise<void> {
  const query = new URLSearchParams({ lang: "de" });
  for (const [path, value] of Object.entries(settings)) {
    query.set(path, `${value}`);
  }
  await page.goto(`./?${query}`);
  await expect(button(page, "Start")).toBeEnabled();
}

/** Opens a drawer by its button; returns it. */
async function drawer(
  page: Page,
  name: string | RegExp,
  title = name,
): Promise<Locator> {
  if (await page.locator(".sheet:popover-open").isVisible()) {
    await page.keyboard.press("Escape");
  }
  const exact = typeof name === "string";
  await page.getByRole("button", { name, exact }).first().click();
  const dialog = page.getByRole("dialog", { name: title });
  await expect(dialog.locator(".body > *").first()).toBeAttached();
  return dialog;
}

type Told = { ready: Ready; loaded: Extract<Event, { type: "loaded" }> };

/** Opens the page; what the core tells of itself and of the images before all else. */
async function told(
  page: Page,
  settings?: Record<string, string | number>,
): Promise<Told> {
  await page.addInitScript(() => {
    let api: Window["twoviews"];
    Object.defineProperty(window, "twoviews", {
      configurable: true,
      get: () => api,
      set: (given) => {
        api = given;
        const told = {};
        Object.assign(window, { told });
        api.on("*" as "ready", (event: Event) => {
          Object.assign(told, { [event.type]: event });
        });
      },
    });
  });
  await open(page, settings);
  return page.evaluate(() => (window as unknown as { told: Told }).told);
}

const METHOD =
  /> (idea|tries|fails|lower|about|broken|text|loss|schedule)$|> (terms|gauges) > \w+ > label$/;
/** Formulas are the same in every language. */
const FORMULA = /> formula > /;

test("German says all that the cards of methods say", async ({ page }) => {
  const { methods } = (await told(page)).ready;
  const cards = methods.map(({ terms, ...card }) => ({
    ...card,
    terms: terms.map(({ formula: _, ...term }) => term),
  }));
  expect(wrongs(cards, words("methods"), METHOD)).toEqual([]);
  expect(
    [...texts(words("methods")).keys()].filter((at) => FORMULA.test(at)),
  ).toEqual([]);
  const parts = methods.flatMap(({ diagram: { branches, memory } }) => [
    ...branches.flat(),
    ...memory,
  ]);
  const labels = new Set(parts.map(({ label }) => label));
  for (const { id } of methods) {
    const { loss } = (words("methods")[id] as { diagram: { loss: string } })
      .diagram;
    // As much as a box has room for.
    expect(wrap(loss).length, loss).toBeLessThanOrEqual(3);
    for (const line of wrap(loss)) expect(line.length, loss).toBeLessThan(12);
  }
  const named = Object.keys(words("diagrams"));
  expect(named.filter((label) => !labels.has(label))).toEqual([]);
  expect(
    [...labels].filter((label) => label.length > 1 && !named.includes(label)),
  ).toEqual([]);
});

test("German says all that the table of settings says", async ({ page }) => {
  const { table } = (await told(page)).ready;
  const said = words("settings");
  const used = new Set<string>();
  const wrong = table.flatMap((row) => {
    const key = [`${row.method} ${row.path}`, row.path].find(
      (key) => said[key],
    );
    if (!key) return [`${row.method} ${row.path}: nothing is said`];
    used.add(key);
    // What an option is called may stay, such as the name of a method.
    return wrongs(
      row,
      said[key],
      /^(label|about)$|^kind > options > \w+ > label$/,
    )
      .filter((one) => !/^kind .*nothing is said$/.test(one))
      .map((one) => `${key} ${one}`);
  });
  expect(wrong).toEqual([]);
  expect(Object.keys(said).filter((key) => !used.has(key))).toEqual([]);
  const titles = new Set(table.flatMap(({ method }) => method ?? []));
  expect(titles.size).toBeGreaterThan(10);
  const shared = words("shared");
  const all = table.flatMap(({ group, unit, kind, method }) => [
    ...(method === null ? [group] : []),
    unit,
    kind.type === "number" ? (kind.auto ?? "") : "",
  ]);
  expect(all.filter((text) => text !== "" && !shared[text])).toEqual([]);
  expect(Object.keys(shared).filter((text) => !all.includes(text))).toEqual([]);
});

test("German says all that readings and sets say", async ({ page }) => {
  const { readings, sets } = (await told(page)).ready;
  const reading = /> (label|about|misleads)$/;
  expect(wrongs(readings, words("readings"), reading)).toEqual([]);
  const set = /> (title|about|why)$/;
  expect(wrongs(sets, words("sets"), set)).toEqual([]);
});

test("the labels of built-in sets have German names", async ({ page }) => {
  const { sets } = (await told(page)).ready;
  const labels = words("labels");
  for (const { id, options } of sets) {
    // All that varies is a factor.
    const free = options
      ? Object.entries(options).map(
          ([key, value]): [string, string | number] => [
            `shapes.${key}`,
            typeof value === "number" ? 64 : "free",
          ],
        )
      : [];
    const settings = { ...TINY, set: id, ...Object.fromEntries(free) };
    const { factors } = (await told(page, settings)).loaded.images;
    const names = factors.flatMap(({ name, classes }) => [name, ...classes]);
    expect(names.filter((name) => !labels[name])).toEqual([]);
    if (options) expect(factors.length).toBeGreaterThan(4);
  }
});

test("the page speaks German where the address asks for it", async ({
  page,
}) => {
  await open(page);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page).toHaveTitle(/zusehen, wie ein Netz/);
  for (const name of [
    "Start",
    "Schritt",
    "Epoche",
    "Neu",
    "Läufe",
    "Lektionen",
  ]) {
    await expect(button(page, name)).toBeVisible();
  }
  await expect(
    page.getByRole("img", { name: "Embedding-Karte A" }),
  ).toBeVisible();
  await expect(
    page.getByRole("button", { name: /^Bilder: Formen, 64/ }),
  ).toBeVisible();
  await expect(
    page
      .getByRole("list", { name: "Labels" })
      .getByRole("button", { name: "Kreis" }),
  ).toBeVisible();
  const method = await drawer(page, /^Methode von A: /, "Methode von A");
  await expect(
    method.getByText("Zwei Ansichten eines Bildes").first(),
  ).toBeVisible();
  await expect(
    method.getByRole("slider", { name: "Temperatur τ" }),
  ).toBeVisible();
  await expect(method.getByRole("figure").getByText("Anziehung")).toBeVisible();
  const readings = await drawer(page, "Messwerte von A");
  await expect(
    readings.getByRole("button", { name: "effektiver Rang" }),
  ).toBeVisible();
  const settings = await drawer(page, "Einstellungen von A");
  await expect(
    settings
      .getByRole("slider", { name: "Batchgröße" })
      .or(settings.getByLabel("Batchgröße", { exact: true }))
      .first(),
  ).toBeVisible();
  await expect(settings.getByText("Zufallsausschnitt").first()).toBeVisible();
});

test("a lesson is told in German", async ({ page }) => {
  const { set: _, ...settings } = TINY;
  await open(page, { ...settings, lesson: "anything" });
  const lesson = page.getByRole("region", {
    name: "Lernt ein Netz Formen, ohne je ein Label zu sehen?",
  });
  await expect(lesson).toBeVisible();
  await lesson
    .getByRole("radio", { name: /^Ja, es übertrifft/ })
    .check({ force: true });
  await lesson.getByRole("button", { name: "Das ist mein Tipp" }).click();
  await expect(lesson.getByText("Zu vergleichen: ")).toContainText("kNN");
});

test("one goes to English and back without losing the run", async ({
  page,
}) => {
  await open(page);
  await button(page, "Start").click();
  await untilStep(page, 6);
  await button(page, "Pause").click();
  const more = await drawer(page, "Mehr");
  const { step, loss } = await snapshot(page);
  await more.getByRole("radio", { name: "English" }).check({ force: true });
  await expect(button(page, "Play")).toBeAttached();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page).toHaveTitle(/watch a network learn/);
  // The drawer stays open, and what it is called is told anew.
  const open2 = page.getByRole("dialog", { name: "More" });
  await expect(open2.getByText("Slow motion")).toBeVisible();
  expect(await snapshot(page)).toMatchObject({ step, loss });
  await expect(page).toHaveURL(/lang=en/);
  await open2.getByRole("radio", { name: "Deutsch" }).check({ force: true });
  await expect(button(page, "Start")).toBeAttached();
  expect(await snapshot(page)).toMatchObject({ step, loss });
  await page.keyboard.press("Escape");
  await button(page, "Schritt").click();
  await untilStep(page, step + 1);
  // What is chosen is remembered where the address asks for nothing.
  await openEnglish(page, { ...TINY, lang: "en" });
  await page.goto("./");
  await expect(button(page, "Start")).toBeVisible();
});

test.describe("a browser", () => {
  const speaking = (locale: string, name: string) =>
    test.describe(locale, () => {
      test.use({ locale });
      test(`that speaks ${locale} is answered with ${name}`, async ({
        page,
      }) => {
        await page.goto("./");
        await expect(button(page, name)).toBeVisible();
      });
    });
  speaking("de-AT", "Start");
  speaking("fr-FR", "Play");

  test("whose language is no language tag is answered in English", async ({
    page,
  }) => {
    await page.addInitScript(() => {
      for (const [key, value] of [
        ["language", "C"],
        ["languages", ["C"]],
      ] as const) {
        Object.defineProperty(Navigator.prototype, key, { get: () => value });
      }
    });
    await openEnglish(page);
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
  });

  test("that speaks English fetches no German", async ({ page }) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await openEnglish(page);
    const others = asked.filter((url) =>
      /\.de\.compiled|methods-|readings-|lessons-/.test(url),
    );
    expect(others).toEqual([]);
  });
});

// Colours are those of English.
for (const [look, options] of Object.entries({
  laptop: { colorScheme: "light", viewport: { width: 1366, height: 768 } },
  narrow: LOOKS.narrow,
} as const)) {
  test.describe(look, () => {
    test.use(options);

    test("axe finds nothing serious in German, and nothing scrolls sideways", async ({
      page,
    }) => {
      await open(page);
      await button(page, "Start").click();
      await untilStep(page, 12);
      await button(page, "Pause").click();
      expect(await serious(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      for (const [name, title] of [
        [/^Bilder: /, "Bilder"],
        [/^Methode von A: /, "Methode von A"],
        ["Einstellungen von A", "Einstellungen von A"],
        ["Messwerte von A", "Messwerte von A"],
        [/^Loss von A, /, "Loss von A"],
        ["Ändern", "Wie die Ansichten entstehen"],
        ["Pipeline", "Pipeline"],
        ["Lektionen", "Lektionen"],
        ["Läufe", "Läufe"],
        ["Teilen", "Teilen"],
        ["Mehr", "Mehr"],
      ] as const) {
        await drawer(page, name, title);
        expect(await serious(page), `with ${title} open`).toEqual([]);
        expect(await overflow(page), `with ${title} open`).toBeLessThanOrEqual(
          0,
        );
      }
      await drawer(page, "Pipeline");
      await button(page, "Alle vergleichen").click();
      expect(await serious(page), "with all methods compared").toEqual([]);
      const hidden = await page.evaluate(() =>
        [...document.querySelectorAll("dialog[open] [role=group]")]
          .filter((group) => group.querySelector("svg"))
          .map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
      );
      expect(hidden.length).toBeGreaterThan(10);
      // A narrow screen scrolls them, and shows them as wide as they are.
      if (look === "laptop") expect(Math.max(...hidden)).toBeLessThanOrEqual(0);
    });
  });
}

test.describe("two runs", () => {
  test.use({ runs: 2 });

  for (const [width, height] of [
    [1366, 768],
    [390, 844],
  ]) {
    test(`what matters is in sight in German, ${width} pixels wide`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height });
      await open(page, { ...TINY, b: "live", "b.method": "vicreg" });
      await button(page, "Start").click();
      await untilStep(page, 8);
      await button(page, "Pause").click();
      const a = page.getByRole("region", { name: "Lauf A", exact: true });
      const seen = [
        button(page, "Start"),
        button(page, "SimCLR | VICReg"),
        page.getByRole("button", { name: /^Bilder: Formen/ }),
        page
          .getByRole("region", { name: "Ansichten" })
          .getByRole("listitem")
          .nth(1),
        page.getByRole("list", { name: "Labels" }).getByRole("button").first(),
        page.getByText("Einen Punkt anklicken"),
        page.getByRole("img", { name: "Embedding-Karte A" }),
        page.getByRole("button", { name: /^Loss von A, jetzt/ }),
        ...[
          "Kollaps?",
          "Gelernt?",
          "kNN von h",
          "untrainiert",
          "rohe Pixel",
        ].map((name) => a.getByRole("button", { name }).first()),
      ];
      for (const one of seen) await expect(one).toBeInViewport({ ratio: 0.9 });
      const size = await page.evaluate(() => {
        const { scrollHeight, scrollWidth } = document.documentElement;
        return [scrollWidth - innerWidth, scrollHeight - innerHeight];
      });
      expect(size[0], "nothing to scroll to at the side").toBeLessThanOrEqual(
        0,
      );
      if (width > 1200) expect(size[1], "nor below").toBeLessThanOrEqual(0);
    });
  }
});
