// What keeps a session, where it cannot: storage that is refused, full, damaged, newer, cleared, or another tab's.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import {
  button,
  drawer,
  expect,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilStep,
  tries,
} from "./fixtures.ts";
import {
  at,
  goOn,
  kept,
  offer,
  reload,
  stored,
  trainAndKeep,
  untilSaved,
} from "./keeping.ts";

/** Another tab, with a run of its own that has trained to a step. */
async function another(context: BrowserContext, step: number) {
  const second = await context.newPage();
  await open(second, { ...TINY, seed: 7 });
  return { second, other: await train(second, step) };
}

/** Clears all that is kept, with the drawer "More"; the page opens anew. */
async function clear(page: Page, more: Locator): Promise<void> {
  await more.getByRole("button", { name: "Clear my data" }).click();
  await Promise.all([
    page.waitForEvent("load"),
    more.getByRole("button", { name: "Clear all" }).click(),
  ]);
}

/** The page is open, and nothing is kept. */
async function untilAfresh(page: Page): Promise<void> {
  await expect(button(page, "Play")).toBeEnabled();
  await expect(offer(page)).toBeHidden();
  expect((await stored(page)).files).toEqual([]);
  expect(await kept(page)).toBe(null);
}

/** It trains on without room: that is said, and what was kept at a step stays. */
async function staysKept(page: Page, step: number): Promise<void> {
  await train(page, step + 3);
  await expect(
    news(page).getByText("There is no room on this device"),
  ).toBeVisible();
  expect((await kept(page))!.body.about.step).toBe(step);
}

/** Opened again, the page offers what was kept at a step, and goes on. */
async function comesBack(page: Page, step: number): Promise<void> {
  await reload(page);
  await expect(offer(page)).toContainText(`${step} steps`);
  await goOn(page);
  await untilStep(page, step);
}

test("where nothing may be stored, that is said once and costs nothing else", async ({
  page,
}) => {
  tries("storage");
  await page.addInitScript(() => {
    StorageManager.prototype.getDirectory = () =>
      Promise.reject(new DOMException("refused by the test", "SecurityError"));
  });
  await open(page);
  await expect(news(page)).toBeHidden();
  await train(page, 3);
  const told = news(page).getByText(/lets the page keep nothing/);
  await expect(told).toHaveCount(1);
  await expect(told).toContainText("refused by the test");
  await news(page).getByRole("button", { name: "Dismiss" }).click();
  const { step } = await train(page, 6);
  await button(page, "Reset").click();
  await at(page, 0);
  const more = await drawer(page, "More");
  await expect(more.getByText(/does not let the page keep/)).toBeVisible();
  await expect(told).toHaveCount(0);
  await page.keyboard.press("Escape");
  await drawer(page, "Runs");
  await expect(page.getByRole("row", { name: `${step}` }).last()).toBeVisible();
});

test("a second tab keeps nothing and says so; it takes over when the first has gone", async ({
  page,
  context,
}) => {
  tries("storage");
  await open(page);
  const { step } = await trainAndKeep(page, 3);
  const { second, other } = await another(context, 9);
  await expect(
    news(second).getByText("Another tab keeps this page's session"),
  ).toBeVisible();
  await expect(offer(second)).toBeHidden();
  expect((await kept(second))!.body.about.step).toBe(step);
  await page.close();
  await untilSaved(second, other.step);
  const more = await drawer(second, "More");
  await more.getByRole("button", { name: "Go on with it" }).click();
  await at(second, step);
});

test("my data is cleared whole, and the page begins afresh", async ({
  page,
}) => {
  tries("storage");
  await open(page);
  await trainAndKeep(page, 3);
  expect((await stored(page)).files.length).toBeGreaterThan(1);
  const more = await drawer(page, "More");
  await more.getByRole("button", { name: "Clear my data" }).click();
  await more.getByRole("button", { name: "Keep it" }).click();
  expect((await stored(page)).databases).toEqual(["twoviews"]);
  await clear(page, more);
  await untilAfresh(page);
});

test("what is cleared in one tab does not come back from another", async ({
  page,
  context,
}) => {
  tries("storage");
  await open(page);
  const { step } = await trainAndKeep(page, 3);
  const { second } = await another(context, 4);
  await clear(second, await drawer(second, "More"));
  // The tab that kept the session trains on, and keeps none of it.
  await train(page, step + 4);
  await page.close();
  await second.reload();
  await untilAfresh(second);
});

test("a damaged file costs the run that it is of, and no other", async ({
  page,
}) => {
  tries("storage");
  await open(page);
  await train(page, 5);
  await button(page, "Reset").click();
  await at(page, 0);
  const { step } = await trainAndKeep(page, 3);
  await expect.poll(async () => (await kept(page))!.parts.length).toBe(3);
  await drawer(page, "Runs");
  const name = await page
    .getByRole("button", { name: /^Delete (?!all)/ })
    .getAttribute("aria-label");
  const lost = name!.replace("Delete ", "");
  const { parts } = (await kept(page))!;
  const part = parts.find((part) => part.name === lost)!;
  await page.evaluate(async (file) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("twoviews");
    const handle = await folder.getFileHandle(file);
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    bytes[bytes.length >> 1]! ^= 255;
    const writable = await handle.createWritable();
    await writable.write(bytes);
    await writable.close();
  }, part.files[0]!.file);
  await reload(page);
  await goOn(page);
  await at(page, step);
  await expect(
    news(page).getByText(`the run ${lost} is damaged, so it is gone`),
  ).toBeVisible();
  await drawer(page, "Runs");
  await expect(
    page.getByRole("button", { name: /^Delete (?!all)/ }),
  ).toHaveCount(0);
});

test.describe("left for another document", () => {
  // A script that is opened by itself has no icon.
  test.use({ tolerated: /404/ });

  test("what a newer version has saved is left alone, and said", async ({
    page,
  }) => {
    tries("storage");
    await open(page);
    await trainAndKeep(page, 3);
    // The page is elsewhere, and saves nothing over it.
    await page.goto("./begin.js");
    await kept(page, { version: 99 });
    await page.goto(`./?${new URLSearchParams(TINY as any)}`);
    await expect(
      news(page).getByText(/saved by a newer version of this page/),
    ).toBeVisible();
    await expect(offer(page)).toBeHidden();
    expect((await kept(page))!.version).toBe(99);
    expect((await snapshot(page)).error).toBe(null);
  });
});

test("without room, what was saved last stays, and that is said", async ({
  page,
}) => {
  tries("storage");
  await open(page);
  const { step } = await trainAndKeep(page, 3);
  await page.evaluate(() => {
    StorageManager.prototype.estimate = async () => ({ quota: 1, usage: 1 });
  });
  await staysKept(page, step);
  await comesBack(page, step);
});

test("where the browser's quota is spent, what was saved last stays, and that is said", async ({
  page,
}) => {
  tries("storage");
  await open(page);
  const { step } = await trainAndKeep(page, 3);
  const { origin } = new URL(page.url());
  const browser = await page.context().newCDPSession(page);
  await browser.send("Storage.overrideQuotaForOrigin", {
    origin,
    quotaSize: 4096,
  });
  // The browser would have told; now it learns of it when it writes.
  await page.evaluate(() => {
    StorageManager.prototype.estimate = async () => ({ quota: 1e9, usage: 0 });
  });
  await staysKept(page, step);
  await browser.send("Storage.overrideQuotaForOrigin", { origin });
  await comesBack(page, step);
});
