// Cores that are built while the page is served: they are offered, and taken up without a loss.
import {
  button,
  curve,
  drop,
  expect,
  image,
  news,
  open,
  snapshot,
  test,
  TINY,
  untilState,
  untilStep,
  says,
  tries,
} from "./fixtures.ts";
import { late } from "./host.ts";

const STEPS = 30;

test.beforeEach(async ({ page }) => {
  const threads = await page.evaluate(() => navigator.hardwareConcurrency);
  test.skip(threads < 2, "this machine has one processor");
});

test.describe("a faster core that comes", () => {
  // The worker that began is not the one that goes on.
  test.use({ tolerated: /worker has died/ });

  test("is offered in a run, and goes on with it, bit for bit", async ({
    page,
    host,
  }) => {
    const { instead, come } = late("threads");
    const url = await host({ instead });
    await open(page, TINY, url);
    const undisturbed = await curve(page, STEPS);
    const why = /one thread: the program for more is still being built/;
    await says(page, why);
    // Those before the other core began are told once.
    const told = await page.evaluateHandle(() => {
      const told: { step: number; total: number }[] = [];
      window.twoviews.on("stepped", ({ losses }) => told.push(...losses));
      return told;
    });
    await button(page, "Reset").click();
    await button(page, "Play").click();
    await untilStep(page, 5);
    come();
    const use = page.getByRole("button", { name: /^Use \d+ threads$/ });
    await use.click();
    await says(page, /CPU, \d+ threads/);
    await expect(use).toHaveCount(0);
    const { step, images } = await snapshot(page);
    expect(images).toBe(64);
    expect(step).toBeGreaterThanOrEqual(5);
    await untilStep(page, Math.max(STEPS, step + 5));
    await button(page, "Pause").click();
    await untilState(page, "paused");
    const all = await told.jsonValue();
    const totals = all.map(({ total }) => total);
    expect(totals.slice(0, STEPS)).toEqual(undisturbed);
    // Each step was done once.
    const steps = Array.from(all, (_, i) => i + 1);
    expect(all.map(({ step }) => step)).toEqual(steps);
  });

  test("goes on with images of one's own, before any run", async ({
    page,
    host,
  }) => {
    const { instead, come } = late("threads");
    await open(page, { ...TINY, seed: 7 }, await host({ instead }));
    await drop(page, [image("drop")]);
    await untilState(page, "loaded");
    await expect.poll(async () => (await snapshot(page)).images).not.toBe(64);
    const { images } = await snapshot(page);
    come();
    await page.getByRole("button", { name: /^Use \d+ threads$/ }).click();
    await button(page, "Step").click();
    await says(page, /CPU, \d+ threads/);
    expect(await snapshot(page)).toMatchObject({ images, seed: 7 });
  });
});

test("an offer that is put away does not come back", async ({ page, host }) => {
  const { instead, come } = late("threads");
  await open(page, TINY, await host({ instead }));
  come();
  const notices = news(page);
  await notices.getByRole("button", { name: "Dismiss" }).click();
  await button(page, "Step").click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  await expect(notices).toHaveCount(0);
});

test("a core that could not be built is said once, and the page goes on", async ({
  page,
  host,
}) => {
  tries("start");
  const { instead, fail } = late("threads");
  await open(page, TINY, await host({ instead }));
  fail();
  const said = page.getByText(/with threads could not be built.*broken by/);
  await expect(said.first()).toBeVisible();
  await button(page, "Step").click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  const why = /one thread: this page was built without more/;
  await says(page, why);
});
