// Several threads, where the service worker has had the page isolated: from the second visit on.
import {
  choose,
  curve,
  expect,
  open,
  snapshot,
  test,
  watchCards,
  cards,
} from "./fixtures.ts";

const STEPS = 4;

// Each further thread is a worker too, which the page's guard takes for one that replaces a dead one.
test.use({ serviceWorkers: "allow", tolerated: /worker has died/i });

test("threads compute what one thread computes, bit for bit", async ({
  page,
}) => {
  await watchCards(page);
  await open(page);
  const isolated = () => page.evaluate(() => crossOriginIsolated);
  const threads = await page.evaluate(() => navigator.hardwareConcurrency);
  test.skip(threads < 2, "this machine has one processor");
  expect(await isolated()).toBe(false);
  const methods = (await cards(page)).filter(({ id }) =>
    ["simclr", "byol", "cpc"].includes(id),
  );
  expect(methods).toHaveLength(3);
  const curves = async (name: RegExp) => {
    const all: Record<string, number[]> = {};
    for (const card of methods) {
      await choose(page, card);
      all[card.id] = await curve(page, STEPS);
      expect((await snapshot(page)).error).toBeNull();
    }
    await expect(page.getByText(name).first()).toBeVisible();
    return all;
  };
  const alone = await curves(/CPU, one thread/);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await open(page);
  expect(await isolated()).toBe(true);
  expect(await curves(/CPU, \d+ threads/)).toEqual(alone);
});
