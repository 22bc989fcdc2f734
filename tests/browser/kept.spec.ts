// What is kept on the device: a session goes on after a reload or a crash as if nothing had happened.
import type { Locator, Page } from "@playwright/test";
import { LOOKS, overflow, serious } from "./axe.ts";
import {
  button,
  drawer,
  drop,
  expect,
  image,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  untilStep,
  tries,
} from "./fixtures.ts";
import {
  at,
  first,
  goOn,
  kept,
  offer,
  offered,
  record,
  recorded,
  reload,
  trainAndKeep,
  untilSaved,
  whole,
} from "./keeping.ts";

const rows = (page: Page): Locator =>
  page
    .getByRole("group", { name: "Table of runs" })
    .getByRole("row")
    .filter({ has: page.getByRole("button", { name: /^Delete / }) });

test("after a reload a run goes on, bit for bit, with its curve and map", async ({
  page,
  browser,
}) => {
  tries("save");
  await open(page);
  await record(page);
  const before = await trainAndKeep(page, 12);
  const losses = await recorded(page);
  const loss = await drawer(page, "Loss of A");
  const table = async () =>
    (await loss.getByRole("row").allTextContents()).slice(0, 8);
  const lines = await table();
  expect(lines.length).toBeGreaterThan(3);

  await reload(page);
  await expect(offer(page)).toContainText(`${before.step} steps`);
  await record(page);
  await goOn(page);
  await at(page, before.step);
  await untilState(page, "paused");
  expect((await snapshot(page)).loss).toEqual(before.loss);
  await drawer(page, "Loss of A");
  await expect.poll(table).toEqual(lines);
  await page.keyboard.press("Escape");
  const { step } = await train(page, before.step + 8);
  const after = await recorded(page);
  expect(Object.keys(after)[0]).toBe(`${before.step + 1}`);

  const fresh = await browser.newPage();
  await open(fresh, TINY, page.url().split("?")[0]);
  expect(first({ ...losses, ...after }, step)).toEqual(
    await whole(fresh, step),
  );
  await fresh.close();
});

test.describe("side by side", () => {
  test.use({ runs: 2 });

  test("two runs go on together, each on its own curve", async ({ page }) => {
    tries("save");
    await open(page);
    const versus = page.getByRole("button", { name: /^\w+ \| \w+$/ });
    await versus.click();
    await expect(versus).toHaveAttribute("aria-pressed", "true");
    await record(page);
    await train(page, 6);
    const steps = () =>
      page.evaluate(() =>
        (["a", "b"] as const).map((run) => {
          const { step, method, loss } = window.twoviews.runs[run].snapshot();
          return { step, method, loss };
        }),
      );
    const before = await steps();
    expect(before[1]!.step).toBeGreaterThan(0);
    await untilSaved(page, before[0]!.step);
    const losses = [await recorded(page, "a"), await recorded(page, "b")];

    await reload(page);
    await goOn(page);
    await expect.poll(steps).toEqual(before);
    await record(page);
    await train(page, before[0]!.step + 6);
    const now = await steps();
    const after = [await recorded(page, "a"), await recorded(page, "b")];

    // The same again, undisturbed.
    await button(page, "Reset").click();
    await at(page, 0);
    await record(page);
    await train(page, now[0]!.step + 4);
    const both = [await recorded(page, "a"), await recorded(page, "b")];
    for (const [i, { step }] of now.entries()) {
      const broken = first({ ...losses[i], ...after[i] }, step);
      expect(broken.filter(Boolean).length).toBe(step);
      expect(broken).toEqual(first(both[i]!, step));
    }
  });
});

test("a run that trained trains on", async ({ page }) => {
  await open(page);
  await button(page, "Play").click();
  await expect
    .poll(async () => (await kept(page))?.body.about.step ?? 0)
    .toBeGreaterThan(0);
  await reload(page);
  const saved = (await kept(page))!.body.about.step;
  await goOn(page);
  await untilStep(page, saved + 1);
  expect((await snapshot(page)).state).toBe("running");
});

test("killed in the middle of a save, the page goes on from that or the last one", async ({
  browser,
}) => {
  tries("save");
  const context = await browser.newContext();
  /** Opens the page; it says when it hands a save over. */
  const visit = async () => {
    const page = await context.newPage();
    await page.addInitScript(() => {
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (...given: [any, any?]) {
        postMessage.apply(this, given);
        if (given[0]?.name === "save") console.log("saving");
      };
    });
    return page;
  };
  let page = await visit();
  await open(page);
  let last = (await train(page, 3)).step;
  await untilSaved(page, last);
  for (const wait of [0, 2, 8, 32]) {
    const saving = page.waitForEvent("console", (m) => m.text() === "saving");
    await button(page, "Step").click();
    await saving;
    await page.waitForTimeout(wait);
    const devtools = await context.newCDPSession(page);
    const crashed = page.waitForEvent("crash");
    void devtools.send("Page.crash").catch(() => {});
    await crashed;
    await page.close();

    page = await visit();
    await page.goto("./?" + new URLSearchParams(TINY as any));
    await offered(page);
    const { step } = (await kept(page))!.body.about;
    expect([last, last + 1], `after ${wait} ms`).toContain(step);
    await goOn(page);
    await at(page, step);
    await untilState(page, "paused");
    await expect(news(page).getByText("damaged")).toBeHidden();
    last = step;
    // It is saved once it is back: the next kill is of the save after a step.
    await untilSaved(page, step);
  }
  await context.close();
});

test("kept runs come back with names, weights, and what stands beside A", async ({
  page,
}) => {
  await open(page);
  const { step } = await train(page, 5);
  await button(page, "Reset").click();
  await at(page, 0);
  await drawer(page, "Runs");
  await rows(page)
    .getByRole("button", { name: /^Rename / })
    .click();
  await page.keyboard.type("my best run");
  await page.keyboard.press("Enter");
  await button(page, "Put beside A: my best run").click();
  await expect.poll(async () => (await kept(page))?.body.beside).toBe("kept");
  await reload(page);
  await expect(offer(page)).toContainText("1 kept run");
  await goOn(page);
  await expect(
    page.getByRole("button", { name: /^Beside A: .*my best run$/ }),
  ).toBeVisible();
  await drawer(page, "Runs");
  await button(page, "Bring back my best run").click();
  await at(page, step);
  expect((await snapshot(page)).error).toBe(null);
});

test("own images come back with their labels, and say that they have no files", async ({
  page,
}) => {
  await open(page);
  await drop(page, [image("drop")]);
  await expect.poll(async () => (await snapshot(page)).images).not.toBe(64);
  const { images } = await snapshot(page);
  const thumbnails = async () =>
    (await page.getByRole("list", { name: "Labels" }).textContent()) ?? "";
  const labels = await thumbnails();
  await expect.poll(async () => await kept(page)).not.toBe(null);
  await reload(page);
  await goOn(page);
  await expect.poll(async () => (await snapshot(page)).images).toBe(images);
  expect(await thumbnails()).toBe(labels);
  await page.evaluate(() =>
    window.twoviews.send({ type: "configure", settings: { size: 24 } }),
  );
  await expect(news(page).getByText(/without their files/)).toBeVisible();
});

test("another link wins: its own page is there, and the session under More", async ({
  page,
}) => {
  await open(page);
  const { step } = await trainAndKeep(page, 3);
  await open(page, { ...TINY, seed: 7 });
  const told = news(page).getByText(/asks for something else/);
  await expect(told).toBeVisible();
  await expect(offer(page)).toBeHidden();
  expect((await snapshot(page)).seed).toBe(7);
  await trainAndKeep(page, 2);
  // One is saved, the other still there.
  const more = await drawer(page, "More");
  await more.getByRole("button", { name: "Go on with it" }).click();
  await at(page, step);
  expect((await snapshot(page)).seed).toBe(42);
  await page.keyboard.press("Escape");
  await drawer(page, "Runs");
  await expect(rows(page)).toHaveCount(1);
});

test("who starts afresh has not lost the last session", async ({ page }) => {
  await open(page);
  const { step } = await trainAndKeep(page, 3);
  await reload(page);
  await page.keyboard.press("Escape");
  await expect(offer(page)).toBeHidden();
  expect((await snapshot(page)).step).toBe(0);
  const more = await drawer(page, "More");
  await more.getByRole("button", { name: "Go on with it" }).click();
  await at(page, step);
});

for (const [look, { colorScheme, viewport }] of Object.entries(LOOKS)) {
  test.describe(look, () => {
    test.use({ colorScheme, viewport });

    test("the offer fits, is heard, and has the keys to itself", async ({
      page,
    }) => {
      await open(page);
      const { step } = await trainAndKeep(page, 2);
      await reload(page);
      expect(await serious(page, "dialog")).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await expect(
        offer(page).getByRole("button", { name: "Go on", exact: true }),
      ).toBeFocused();
      // R and full stop are for the page behind it.
      await page.keyboard.press(".");
      await page.keyboard.press("Enter");
      await at(page, step);
    });
  });
}
