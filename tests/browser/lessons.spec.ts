// Lessons: each opens from its link, asks for a guess, has its runs train, and answers from them.
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { LOOKS, overflow, serious } from "./axe.ts";
import {
  button,
  drawer,
  drop,
  expect,
  image,
  open,
  snapshot,
  test,
  TINY,
  untilState,
} from "./fixtures.ts";

const FOLDER = resolve(import.meta.dirname, "../../lessons");
const { set: _, ...tiny } = TINY;
/** A run of two epochs: enough for an answer, and too little to learn. */
const SHORT = { ...tiny, "train.epochs": 2 };

/** What a test needs of a lesson's file. */
function read(id: string) {
  const text = readFileSync(resolve(FOLDER, `${id}.toml`), "utf8");
  const word = (field: string) =>
    new RegExp(`^${field} = "(.*)"$`, "m").exec(text)?.[1] ?? "";
  return {
    id,
    question: word("question"),
    title: word("title"),
    /** Up to the first word that the page has in its own language. */
    about: /[^{]+/.exec(word("about").replace(/^\{\w+\}/, ""))![0].trim(),
    /** What is read of both. */
    space: /^\[answer\](?:\n.+)*\na = "z"$/m.test(text) ? "z" : "h",
    guesses: [...text.matchAll(/^says = "(.*)"$/gm)].map(([, says]) => says!),
    found: word("found"),
    more: text.match(/^\[\[more\]\]/gm)?.length ?? 0,
    /** Whether B trains. */
    two: !/^\[b\]\nname = .*\nis = /m.test(text),
  };
}

const LESSONS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".toml"))
  .map((name) => read(name.replace(".toml", "")));

const figures = (mean: number) => ({
  mean,
  deviation: 0.01,
  seeds: [mean - 0.01, mean, mean + 0.01],
});

/** Results as `cargo xtask lessons` writes them, of the outcome that each lesson explains. */
const results = (ids = LESSONS.map(({ id }) => id)) =>
  Object.fromEntries(
    LESSONS.filter(({ id }) => ids.includes(id)).map(({ id, found, more }) => {
      const apart = { a: 0.3, b: -0.3, alike: 0 }[found]!;
      return [
        id,
        {
          seconds: 30,
          a: figures(0.6 + apart),
          b: figures(0.6),
          difference: figures(apart),
          outcome: found,
          more: Array.from({ length: more }, () => figures(0.5)),
          also: [],
        },
      ];
    }),
  );

/** Has the page find these results in place of its own. */
async function measured(page: Page, ids?: string[]): Promise<void> {
  await page.route(/assets\/results-[^/]+\.js$/, (route) =>
    route.fulfill({
      contentType: "text/javascript",
      body: `export default ${JSON.stringify(results(ids))}`,
    }),
  );
}

const strip = (page: Page, question: string) =>
  page.getByRole("region", { name: question, exact: true });

async function guess(page: Page, says: string): Promise<void> {
  const group = page.getByRole("radiogroup", { name: "Your guess" });
  await expect(button(page, "That is my guess")).toBeDisabled();
  await group
    .getByRole("radio", { name: says, exact: true })
    .check({ force: true });
  // It is marked, and can still be another.
  await expect(group).toBeVisible();
  await button(page, "That is my guess").click();
  await expect(group).toHaveCount(0);
}

test.describe("every lesson", () => {
  test.use({ runs: 2 });

  for (const { id, question, about, space, guesses, more, two } of LESSONS) {
    test(`${id} opens from its link, is guessed and answered`, async ({
      page,
    }) => {
      await measured(page);
      await open(page, { lesson: id, ...SHORT });
      const own = strip(page, question);
      await expect(own.getByRole("heading", { name: question })).toBeVisible();
      // What the question is about is told before the guess, the answer is not.
      await expect(own).toContainText(about);
      await expect(own.getByRole("table")).toHaveCount(0);
      // The maps show what is read.
      await expect(
        page.getByRole("radio", { name: space, exact: true }),
      ).toBeChecked();
      await guess(page, guesses.at(-1)!);
      await button(page, "Play").click();
      await untilState(page, "done");
      await expect(own.getByRole("status")).toContainText(
        `You guessed “${guesses.at(-1)}”`,
        { timeout: 180_000 },
      );
      const rows = own.getByRole("table").getByRole("row");
      await expect(rows).toHaveCount(3 + more);
      for (const row of [1, 2]) {
        const cells = rows.nth(row).getByRole("cell");
        await expect(cells.nth(0)).toHaveText(/\d/);
        await expect(cells.nth(1)).toHaveText(/\d.* ± \d/);
      }
      const b = await page.evaluate(() => window.twoviews.runs.b.snapshot());
      if (two) expect(b.state).toBe("done");
      else expect(b.step).toBe(0);
      // It stays in the address, with what the learner changed.
      expect(new URL(page.url()).searchParams.get("lesson")).toBe(id);
    });
  }
});

for (const [look, options] of Object.entries(LOOKS)) {
  test.describe(look, () => {
    test.use(options);

    test("axe finds nothing serious in a lesson", async ({ page }) => {
      const { id, question, guesses } = read("anything");
      await measured(page);
      await open(page, { lesson: id, ...SHORT });
      expect(await serious(page)).toEqual([]);
      await guess(page, guesses[0]!);
      expect(await serious(page), "guessed").toEqual([]);
      await button(page, "Play").click();
      const own = strip(page, question);
      await expect(own.getByRole("table")).toBeVisible({ timeout: 180_000 });
      expect(await serious(page), "answered").toEqual([]);
      await drawer(page, "Lessons");
      expect(await serious(page), "listed").toEqual([]);
      expect(await overflow(page), "scrolls sideways").toBeLessThanOrEqual(0);
    });
  });
}

for (const [width, height, show, share] of [
  [1366, 768, "", 0.42],
  [1366, 650, "", 0.33],
  [1280, 720, "projector", 0.3],
  [390, 844, "", 0.26],
] as const) {
  test(`what matters is in sight beside a lesson, ${width} by ${height}`, async ({
    page,
  }) => {
    const { id, question, guesses } = read("anything");
    await page.setViewportSize({ width, height });
    await measured(page);
    await open(page, { lesson: id, ...SHORT, ...(show && { show }) });
    const own = strip(page, question);
    const a = page.getByRole("region", { name: "Run A", exact: true });
    const always = [
      button(page, "Play"),
      own.getByRole("heading", { name: question }),
      page.getByRole("img", { name: "Embedding map A" }),
      ...["Collapse?", "Learned?", "kNN of h", "untrained"].map((name) =>
        a.getByRole("button", { name }).first(),
      ),
      page.getByRole("button", { name: /^Loss of A/ }),
    ];
    const inSight = async (all: Locator[]) => {
      for (const one of all) await expect(one).toBeInViewport({ ratio: 0.9 });
    };
    await inSight([...always, button(page, "That is my guess")]);
    await guess(page, guesses[0]!);
    await inSight([...always, own.getByText("Press Play")]);
    const maps = await page.evaluate(() => {
      const all = [...document.querySelectorAll("[role=img] > canvas")];
      const areas = all.map((canvas) => {
        const { width, height } = canvas.getBoundingClientRect();
        return width * height;
      });
      return areas.reduce((a, b) => a + b, 0) / (innerWidth * innerHeight);
    });
    expect(maps).toBeGreaterThanOrEqual(share);
    await button(page, "Play").click();
    // What came out is seen first.
    await inSight([
      own.getByRole("table"),
      own.getByRole("button", { name: /^Next/ }),
    ]);
  });
}

test("by keys alone: guess, play, the answer, the next lesson", async ({
  page,
}) => {
  const [one, other] = [read("anything"), read("h-and-z")];
  await measured(page, [one.id, other.id]);
  await open(page, { lesson: one.id, ...SHORT });
  await page.getByRole("radio", { name: one.guesses[0] }).focus();
  await page.keyboard.press("Space");
  // To another one and back: nothing is committed yet.
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  const own = strip(page, one.question);
  await expect(own.getByText("Press Play")).toBeVisible();
  // What had focus is gone; space plays.
  await page.keyboard.press("Space");
  await expect(own.getByRole("table")).toBeVisible({ timeout: 180_000 });
  await own.getByRole("button", { name: `Next: ${other.title}` }).focus();
  await page.keyboard.press("Enter");
  const next = strip(page, other.question);
  await expect(
    next.getByRole("heading", { name: other.question }),
  ).toBeFocused();
  // It begins anew, with a guess and without a step.
  await expect(
    page.getByRole("radiogroup", { name: "Your guess" }),
  ).toBeVisible();
  await expect.poll(async () => (await snapshot(page)).step).toBe(0);
  expect(new URL(page.url()).searchParams.get("lesson")).toBe(other.id);
});

test.describe("from the list", () => {
  // A, and B twice.
  test.use({ runs: 3 });

  test("a lesson sets method and B, and what was turned is turned back", async ({
    page,
  }) => {
    const { id, title, question, guesses } = read("stop-gradient");
    await measured(page);
    await open(page, TINY);
    const list = await drawer(page, "Lessons");
    await expect(list.getByRole("listitem")).toHaveCount(LESSONS.length);
    await list.getByRole("button", { name: new RegExp(`^${title}`) }).click();
    await expect(list).toBeHidden();
    await expect(strip(page, question).getByRole("heading")).toBeFocused();
    await expect
      .poll(() =>
        page.evaluate(() => {
          const { a, b } = window.twoviews.runs;
          return [a.snapshot().method, b.snapshot().method];
        }),
      )
      .toEqual(["simsiam", "simsiam"]);
    const asked = () => Object.fromEntries(new URL(page.url()).searchParams);
    // Nothing of what the address had has stayed, but for what computes.
    await expect
      .poll(asked)
      .toEqual({ lesson: id, backend: "cpu", v: expect.any(String) });
    // One that was changed can be set up again.
    await guess(page, guesses[0]!);
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(1);
    await drawer(page, "Beside A");
    await page.getByRole("radio", { name: /^Raw pixels/ }).check();
    await page.keyboard.press("Escape");
    await button(page, "Set it up again").click();
    await expect(button(page, "That is my guess")).toBeVisible();
    await expect
      .poll(async () => [(await snapshot(page)).step, await asked()])
      .toEqual([0, { lesson: id, backend: "cpu", v: expect.any(String) }]);
    await button(page, "Leave the lesson").click();
    await expect(strip(page, question)).toHaveCount(0);
    await expect(button(page, "Lessons")).toBeFocused();
    await expect.poll(asked).toMatchObject({
      method: "simsiam",
      "b.knobs.stopGradient": "false",
    });
    expect(asked()).not.toHaveProperty("lesson");
  });
});

test.describe("images of one's own", () => {
  test.use({ runs: 2 });

  test("stay in the lesson about them, which says what it lacks to answer", async ({
    page,
  }) => {
    const { id, question, guesses } = read("own");
    await measured(page);
    await open(page, { lesson: id, ...SHORT });
    const folder = image("drop/cat");
    const files = readdirSync(folder).map((name) => resolve(folder, name));
    await drop(page, files);
    await expect
      .poll(async () => (await snapshot(page)).images)
      .toBe(files.length);
    await guess(page, guesses[0]!);
    const own = strip(page, question);
    await expect(button(page, "Set it up again")).toHaveCount(0);
    await button(page, "Play").click();
    await untilState(page, "done");
    await expect(own.getByText(/needs labels/)).toBeVisible({
      timeout: 180_000,
    });
    expect((await snapshot(page)).images).toBe(files.length);
  });
});

test("one that was not measured is not offered, and its link says so", async ({
  page,
}) => {
  await measured(page, ["projector"]);
  await open(page, { ...TINY, lesson: "temperature" });
  await expect(
    page.getByText("There is no lesson named “temperature”."),
  ).toBeVisible();
  const list = await drawer(page, "Lessons");
  await expect(list.getByRole("listitem")).toHaveCount(1);
});

test("without results there is none, and the list says why", async ({
  page,
}) => {
  await measured(page, []);
  await open(page, TINY);
  const list = await drawer(page, "Lessons");
  await expect(list).toContainText("No lesson is ready yet");
});
