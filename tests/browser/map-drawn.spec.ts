// How maps are drawn: their axes, what comes and goes, many images, fingers.
import type { Page } from "@playwright/test";
import { button, expect, map, open, test, train } from "./fixtures.ts";
import {
  differing,
  keepWorker,
  labels,
  picture,
  square,
  TWO,
  walk,
  type Told,
} from "./maps.ts";
import { computed } from "./tasks.ts";

/** Height of what is drawn, once it no longer changes. */
async function height(page: Page): Promise<number> {
  await picture(page);
  return page.evaluate(() => {
    const { top, bottom } = window.drawn();
    return bottom - top;
  });
}

test.describe("its axes", () => {
  test.beforeEach(async ({ page }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await keepWorker(page);
    await open(page);
    await page.getByRole("radio", { name: "dots" }).check({ force: true });
  });

  test("are those of the untrained map: what has drawn together is drawn small", async ({
    page,
  }) => {
    await page.evaluate((at) => window.tell({ at, reach: 100 }), square(100));
    const large = await height(page);
    expect(large).toBeGreaterThan(0.8);
    await page.evaluate((at) => window.tell({ at, reach: 100 }), square(10));
    expect(await height(page)).toBeLessThan(0.2 * large);
    // What has spread is all in sight, and the axes then stay as they are.
    await page.evaluate((at) => window.tell({ at, reach: 100 }), square(300));
    expect(await height(page)).toBeGreaterThan(0.7);
    await page.evaluate((at) => window.tell({ at, reach: 100 }), square(100));
    expect(await height(page)).toBeLessThan(0.5 * large);
  });
});

test("what is new on a map appears where it is, and never flies in from the middle", async ({
  page,
}) => {
  await keepWorker(page);
  await open(page);
  await page.getByRole("radio", { name: "dots" }).check({ force: true });
  const crossed = (told: Told) =>
    page.evaluate(async (told) => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        '[aria-label="Embedding map A"] canvas',
      )!;
      const context = canvas.getContext("2d")!;
      const { width, height } = canvas;
      let seen = 0;
      window.tell(told);
      const end = performance.now() + 1200;
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        const middle = context.getImageData(
          Math.round(width * 0.35),
          Math.round(height * 0.35),
          Math.round(width * 0.3),
          Math.round(height * 0.3),
        ).data;
        seen = Math.max(
          seen,
          middle.filter((value, i) => i % 4 === 3 && value > 0).length,
        );
      }
      return seen;
    }, told);
  await crossed({ at: square(100), reach: 100 });
  // The first four go, four others come; and then some of both.
  expect(await crossed({ at: square(100, 4), reach: 100 })).toBe(0);
  const mixed = [...square(100, 4), ...square(90, 8)];
  expect(await crossed({ at: mixed, reach: 100 })).toBe(0);
  // But what stays glides: these cross the middle.
  const turned = square(-100, 4);
  expect(await crossed({ at: turned, reach: 100 })).toBeGreaterThan(0);
  // Unless motion is unwelcome.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await picture(page);
  expect(await crossed({ at: square(100, 4), reach: 100 })).toBe(0);
});

test.describe("of ten thousand images each", () => {
  test.use({ viewport: { width: 1366, height: 768 }, runs: 2 });

  test("two maps leave the page's thread free", async ({ page, browser }) => {
    await keepWorker(page);
    await open(page, { ...TWO, size: 32, "shapes.count": 10_000 });
    const cloud = (turn: number): Told["at"] =>
      Array.from({ length: 10_000 }, (_, i) => {
        const far = Math.sqrt(i);
        return [i, far * Math.cos(i + turn), far * Math.sin(i + turn)];
      });
    const clouds = await page.evaluateHandle(
      (clouds) => clouds,
      [cloud(0), cloud(1)],
    );
    const tasks = await computed(browser, page, async () => {
      for (const kind of ["dots", "images"]) {
        await page.getByRole("radio", { name: kind }).check({ force: true });
        for (const turn of [0, 1]) {
          for (const run of ["A", "B"] as const) {
            const told = { clouds, turn, run };
            await page.evaluate(
              ({ clouds, turn, run }) =>
                window.tell({ at: clouds[turn]!, reach: 100, run }),
              told,
            );
          }
          await page.waitForTimeout(1000);
        }
        await map(page).hover({ position: { x: 100, y: 100 } });
        await walk(page).press("+");
        for (let turn = 0; turn < 5; turn++) await page.mouse.wheel(0, -60);
        await labels(page).getByRole("button").first().click();
        await page.waitForTimeout(500);
        await labels(page).getByRole("button").first().click();
        await button(page, "Fit").click();
      }
    });
    // In slices of 8 ms: 22 ms have been seen, unsliced 255.
    expect(tasks.filter((task) => task > 50)).toEqual([]);
  });
});

test.describe("by touch", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("a tap chooses, a long press asks, two fingers zoom, one scrolls the page until then", async ({
    page,
  }) => {
    await keepWorker(page);
    await open(page);
    await train(page, 1);
    await page.evaluate((at) => window.tell({ at, reach: 100 }), square(100));
    await picture(page);
    const devtools = await page.context().newCDPSession(page);
    const touch = (type: string, ...touchPoints: { x: number; y: number }[]) =>
      devtools.send("Input.dispatchTouchEvent", {
        type: type as "touchStart",
        touchPoints,
      });
    const { x, y, width, height } = (await map(page).boundingBox())!;
    const middle = { x: x + width / 2, y: y + height / 2 };
    const { right, top } = await page.evaluate(() => window.drawn());
    const corner = { x: x + right * width - 15, y: y + top * height + 15 };
    const tip = page.locator(".tip");

    await touch("touchStart", corner);
    await expect(tip).toBeVisible();
    await touch("touchEnd");
    await expect(page.getByText("Click a point")).toBeVisible();

    await page.touchscreen.tap(corner.x, corner.y);
    const near = page.getByRole("heading", { name: "A nearest in h" });
    await expect(near).toBeVisible();

    const plain = await picture(page);
    const action = () =>
      walk(page).evaluate((element) => getComputedStyle(element).touchAction);
    expect(await action()).toBe("pan-x pan-y");
    await touch(
      "touchStart",
      { x: middle.x - 30, y: middle.y },
      { x: middle.x + 30, y: middle.y },
    );
    for (let part = 1; part <= 5; part++) {
      await touch(
        "touchMove",
        { x: middle.x - 30 - 12 * part, y: middle.y },
        { x: middle.x + 30 + 12 * part, y: middle.y },
      );
    }
    await touch("touchEnd");
    const zoomed = await picture(page);
    expect(await differing(page, plain, zoomed)).toBeGreaterThan(100);
    expect(await action()).toBe("none");
  });
});
