// What the page lets go of: what nobody can have back takes no memory. `cargo xtask soak` looks at all else for long.
import type { Page } from "@playwright/test";
import {
  button,
  drawer,
  expect,
  open,
  snapshot,
  test,
  TINY,
  train,
} from "./fixtures.ts";
import { held } from "./heap.mjs";

/** What a run has learned takes much more than all else of it. */
const HEAVY = { ...TINY, "encoder.width": 24 };
/** So often something is done before it is looked at what that has left. */
const TIMES = 4;

const step = async (page: Page) => (await snapshot(page)).step;

/** Bytes of the checkpoint that comes next. */
const weight = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        window.twoviews.on("checkpoint", ({ bytes }) => resolve(bytes.length));
      }),
  );

/** By how much the heap has grown when something was done several times more. */
async function growth(page: Page, round: () => Promise<void>) {
  await round();
  const before = await held(page);
  for (let i = 0; i < TIMES; i++) await round();
  const after = await held(page);
  return after.heap - before.heap;
}

test("runs that were deleted take no memory, once they cannot be taken back", async ({
  page,
}) => {
  await open(page, HEAVY);
  const coming = weight(page);
  const grown = await growth(page, async () => {
    await train(page, 2);
    await button(page, "Reset").click();
    await expect.poll(() => step(page)).toBe(0);
    const runs = await drawer(page, "Runs");
    await runs
      .getByRole("button", { name: /^Delete / })
      .first()
      .click();
    await page.keyboard.press("Escape");
  });
  expect(grown).toBeLessThan((TIMES / 2) * (await coming));
});

test("a session that was saved as a file takes no memory afterwards", async ({
  page,
}) => {
  await open(page, HEAVY);
  const coming = weight(page);
  const panel = page.getByRole("group", { name: "Session as a file" });
  const grown = await growth(page, async () => {
    await train(page, (await step(page)) + 2);
    const more = await drawer(page, "More");
    const saved = page.waitForEvent("download");
    await more.getByRole("button", { name: "Save as a file" }).click();
    await (await saved).delete();
    await expect(panel).toContainText("Saved as");
    await page.keyboard.press("Escape");
  });
  expect(grown).toBeLessThan((TIMES / 2) * (await coming));
});
