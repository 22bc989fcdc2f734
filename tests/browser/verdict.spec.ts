// What the page says of a run: two statements, green for a gain alone, and what to try next.
import type { Page } from "@playwright/test";
import type {
  CollapseState,
  Event,
  LearnedState,
} from "../../www/src/protocol.ts";
import {
  button,
  expect,
  open,
  snapshot,
  test,
  TINY,
  drawer,
} from "./fixtures.ts";

type Verdict = Extract<Event, { type: "verdict" }>;

const panel = (page: Page) => page.getByRole("region", { name: "Health" });
const statement = (page: Page, question: string) =>
  panel(page)
    .locator("dt", { hasText: question })
    .locator("xpath=following-sibling::dd[1]");

/** Has the page hear what the core would have said: before it is opened. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const Real = window.Worker;
    window.Worker = class extends Real {
      constructor(...given: ConstructorParameters<typeof Real>) {
        super(...given);
        this.addEventListener("message", ({ data }) => {
          if (data?.type === "ready") Object.assign(window, { core: this });
        });
      }
    };
  });
}

const say = (page: Page, verdict: Verdict) =>
  page.evaluate((data) => {
    const { core } = window as unknown as { core: Worker };
    core.dispatchEvent(new MessageEvent("message", { data }));
  }, verdict);

const verdict = (
  collapse: CollapseState,
  learned: LearnedState,
  next: Verdict["next"] = [],
): Verdict => ({
  type: "verdict",
  step: 40,
  collapse: { state: collapse, since: 20, sentence: "Of the first." },
  learned: { state: learned, scores: null, sentence: "Of the second." },
  next,
});

test("nothing is green without a gain, and no state is told by colour alone", async ({
  page,
}) => {
  await listen(page);
  await open(page);
  await drawer(page, "Readings of A");
  const green = await panel(page).evaluate((element) => {
    const probe = element.appendChild(document.createElement("i"));
    probe.style.color = "var(--good)";
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  });
  const words = new Set<string>();
  const states: [CollapseState, LearnedState][] = [
    ["early", "early"],
    ["apart", "same"],
    ["narrow", "worse"],
    ["partial", "belowPixels"],
    ["collapsed", "unscored"],
    ["apart", "better"],
  ];
  for (const [collapse, learned] of states) {
    await say(page, verdict(collapse, learned));
    const signs = panel(page).locator("dd strong");
    await expect(signs).toHaveCount(2);
    for (const [i, state] of [collapse, learned].entries()) {
      const sign = signs.nth(i);
      const colour = await sign.evaluate((one) => getComputedStyle(one).color);
      expect(colour === green, state).toBe(state === "better");
      words.add(`${i} ${await sign.innerText()}`);
    }
  }
  expect(words.size).toBe(5 + 6);
});

test("images without labels are not scored, and the page says what to look at", async ({
  page,
}) => {
  await open(page, { ...TINY, "train.epochs": 4 });
  await page.evaluate(() => {
    const size = 16;
    const [count, side] = [24, size * size * 3];
    const pixels = Uint8Array.from({ length: count * side }, (_, at) => {
      const [i, j] = [Math.floor(at / side), at % side];
      return (i * 37 + j * (i + 1)) & 255;
    });
    const names = Array.from({ length: count }, (_, i) => `${i}.png`);
    const images = { size, names, pixels, skipped: [], ignored: 0 };
    window.twoviews.send({ type: "addImages", ...images });
  });
  await expect.poll(async () => (await snapshot(page)).images).toBe(24);
  await button(page, "Play").click();
  const readings = await drawer(page, "Readings of A");
  await expect(statement(page, "Did it learn?")).toContainText(
    /Cannot be scored.*neighbours/s,
  );
  // What is done by hand is done where images come in.
  await readings.getByRole("button", { name: /^Sort the images/ }).click();
  await expect(page.getByRole("dialog", { name: "Images" })).toBeVisible();
  await expect(button(page, "Add images")).toBeFocused();
});

test("what to try next is pressed, configures and begins", async ({ page }) => {
  await open(page, { ...TINY, "train.epochs": 6 });
  await button(page, "Play").click();
  await expect
    .poll(async () => (await snapshot(page)).verdict?.next.length ?? 0)
    .toBeGreaterThan(0);
  await drawer(page, "Readings of A");
  await expect(statement(page, "Did it learn?")).toContainText("raw pixels");
  const next = page.getByRole("group", { name: "What to try next" });
  const before = page.url();
  const begun = page.evaluate(
    () =>
      new Promise<string>((done) => {
        const heard: string[] = [];
        for (const type of ["configured", "started", "stepped"] as const) {
          window.twoviews.on(type, () => {
            heard.push(type);
            if (type === "stepped") done(heard.join(" "));
          });
        }
      }),
  );
  await next.getByRole("button").first().click();
  expect(await begun).toBe("configured started configured stepped");
  await expect(page).not.toHaveURL(before);
});

test("the loss says what chance is, and whether lower is better", async ({
  page,
}) => {
  await open(page);
  await button(page, "Step").click();
  // 16 images a step: ln 31.
  const loss = await drawer(page, "Loss of A");
  await expect(loss).toContainText("total at chance 3.43");
  await expect(loss).toContainText("Lower is better");
});

test("all readings say how far they are, and can be given up and asked for again", async ({
  page,
}) => {
  await open(page, { ...TINY, "shapes.count": 1500 });
  await button(page, "Step").click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  const readings = await drawer(page, "Readings of A");
  const take = readings.getByRole("button", { name: "Take all readings" });
  const table = readings.getByRole("table", { name: /^All readings at step/ });
  await take.click();
  await expect(
    readings.getByRole("button", { name: /^Reading 1,500 images… \d+ %$/ }),
  ).toBeDisabled();
  await readings.getByRole("button", { name: "Cancel" }).click();
  await expect(take).toBeEnabled();
  await expect(table).toHaveCount(0);
  await take.click();
  await expect(table).toBeVisible();
  await expect(table).toContainText("All readings at step 1");
});
