// The two maps: what is done to one shows on both, their axes are one, and no way of using them is missing.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import type { Event } from "../../www/src/protocol.ts";
import {
  button,
  compare,
  expect,
  map,
  open,
  test,
  TINY,
  train,
} from "./fixtures.ts";

/** Another method trains beside the first. */
const TWO = { ...TINY, b: "live", "b.method": "vicreg" };

const walk = (page: Page, run = "A") =>
  page.getByRole("application", { name: `Walk the embedding map ${run}` });

const labels = (page: Page) => page.getByRole("list", { name: "Labels" });

/** The picture of a map, once it no longer changes. */
async function picture(page: Page, run = "A"): Promise<Buffer> {
  const look = () => map(page, run).screenshot({ animations: "disabled" });
  let last = await look();
  await expect(async () => {
    const next = await look();
    const same = next.equals(last);
    last = next;
    expect(same).toBe(true);
  }).toPass({ timeout: 20_000 });
  return last;
}

/** How many pixels of two pictures differ. */
async function differing(page: Page, a: Buffer, b: Buffer): Promise<number> {
  return (await compare(page, a, b)).differing;
}

/** Both maps as they are. */
const both = async (page: Page) => [
  await picture(page, "A"),
  await picture(page, "B"),
];

/** Expects both maps to look other than they did, or the same again. */
async function expectChanged(
  page: Page,
  before: Buffer[],
  changed: boolean,
): Promise<void> {
  for (const [i, now] of (await both(page)).entries()) {
    const pixels = await differing(page, before[i], now);
    if (changed) expect(pixels, `map ${"AB"[i]}`).toBeGreaterThan(20);
    else expect(pixels, `map ${"AB"[i]}`).toBe(0);
  }
}

test.describe("with two runs", () => {
  test.use({ viewport: { width: 1366, height: 768 }, runs: 2 });

  test("an image walked to and chosen on one map is ringed on both, and has its nearest in both", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    const plain = await both(page);
    await walk(page).press("ArrowRight");
    await expectChanged(page, plain, true);
    const walked = await both(page);
    await page.keyboard.press("Enter");
    for (const run of ["A", "B"]) {
      const name = `${run} nearest in h`;
      await expect(page.getByRole("heading", { name })).toBeVisible();
    }
    await expectChanged(page, walked, true);
    // The other vector has other nearest images.
    await page
      .getByRole("radio", { name: "z", exact: true })
      .check({ force: true });
    for (const run of ["A", "B"]) {
      const name = `${run} nearest in z`;
      await expect(page.getByRole("heading", { name })).toBeVisible();
    }
    await walk(page).press("Escape");
    await expect(page.getByText("Click a point")).toBeVisible();
  });

  test("the wheel zooms both once a map has been clicked, and Fit shows all again", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    await page.mouse.move(5, 5);
    const whole = await both(page);
    await map(page).hover({ position: { x: 30, y: 30 } });
    await page.mouse.wheel(0, -200);
    await expectChanged(page, whole, false);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -20);
    await page.keyboard.up("Control");
    await expectChanged(page, whole, true);
    await button(page, "Fit").click();
    await expectChanged(page, whole, false);
    await walk(page).focus();
    const focused = await both(page);
    await page.keyboard.press("+");
    await expectChanged(page, focused, true);
    await page.keyboard.press("0");
    await expectChanged(page, focused, false);
    await map(page).hover({ position: { x: 30, y: 30 } });
    await page.mouse.wheel(0, -200);
    await expectChanged(page, focused, true);
  });

  test("a lasso says how many images of which labels it holds, until Escape", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    const plain = await both(page);
    const round = async (part: number) => {
      const { x, y, width, height } = (await map(page).boundingBox())!;
      const [right, low] = [x + width * part - 3, y + height - 3];
      await page.mouse.move(x + 3, y + 3);
      await page.mouse.down();
      for (const [cx, cy] of [
        [right, y + 3],
        [right, low],
        [x + 3, low],
      ]) {
        await page.mouse.move(cx, cy, { steps: 4 });
      }
      await page.mouse.up();
    };
    await page.keyboard.down("Shift");
    await round(1);
    await page.keyboard.up("Shift");
    await expect(page.getByText(/^64 of 64 selected: 8 \w+/)).toBeVisible();
    await walk(page).press("Escape");
    await expect(page.getByText("64 of 64 drawn")).toBeVisible();
    await button(page, "Lasso").click();
    await round(0.5);
    await expect(page.getByText(/^\d+ of 64 selected: /)).toBeVisible();
    const text = await page.getByText(/^\d+ of 64 selected: /).textContent();
    const [all, ...parts] = text!.match(/\d+(?= )/g)!.map(Number);
    const counted = parts.slice(1).reduce((sum, count) => sum + count);
    expect(counted).toBe(all);
    expect(all).toBeLessThan(64);
    // What is outside is dimmed on both.
    await expectChanged(page, plain, true);
    await button(page, "Clear").click();
    await page.mouse.move(5, 5);
    await expectChanged(page, plain, false);
  });

  test("a label stands out on both maps while it is pressed", async ({
    page,
  }) => {
    await open(page, TWO);
    await train(page, 4);
    const plain = await both(page);
    const label = labels(page).getByRole("button").first();
    await label.press("Enter");
    await expect(label).toHaveAttribute("aria-pressed", "true");
    await expectChanged(page, plain, true);
    await label.press("Enter");
    await expectChanged(page, plain, false);
  });

  test("axe finds nothing serious in a map that is used", async ({ page }) => {
    // axe looks at every element three times.
    test.setTimeout(300_000);
    await open(page, TWO);
    await train(page, 4);
    await labels(page).getByRole("button").first().click();
    await walk(page).press("ArrowRight");
    await page.keyboard.press("Enter");
    await button(page, "What h and z are").focus();
    await expect(
      page.getByRole("tooltip").filter({ visible: true }),
    ).toContainText("what the loss compares");
    const serious = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
    };
    expect(await serious()).toEqual([]);
    await page.keyboard.press("Escape");
    await button(page, "As table").click();
    expect(await serious(), "with the table").toEqual([]);
  });

  test("the table has the points of both maps", async ({ page }) => {
    await open(page, TWO);
    await train(page, 4);
    await button(page, "As table").click();
    const table = page.getByRole("dialog", { name: "Embedding map as table" });
    for (const name of ["x A", "y A", "x B", "y B"]) {
      await expect(table.getByRole("columnheader", { name })).toBeVisible();
    }
    await expect(table.getByRole("row")).toHaveCount(51);
    await table.getByRole("button", { name: "Nearest" }).first().click();
    await expect(table).toBeHidden();
    const near = page.getByRole("heading", { name: "A nearest in h" });
    await expect(near).toBeVisible();
  });
});

test("few images are drawn as themselves, many as dots, until the learner chooses", async ({
  page,
}) => {
  const images = page.getByRole("radio", { name: "images", exact: true });
  await open(page, { ...TINY, "shapes.count": 300 });
  await expect(images).toBeChecked();
  await open(page, { ...TINY, "shapes.count": 304 });
  await expect(images).not.toBeChecked();
  await images.check({ force: true });
  await expect(images).toBeChecked();
});

/** A map of A as the test wants it: points by image, and what the untrained map needs. */
type Told = { at: [number, number, number][]; reach?: number };

/** Lets `window.tell` show the page a map that no core has sent. */
async function keepWorker(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let first: Worker | null = null;
    window.Worker = class extends Worker {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        first ??= this;
      }
    };
    window.tell = ({ at, reach }: Told) => {
      const points = new Float32Array(at.flatMap(([, x, y]) => [x, y]));
      const data = {
        type: "map",
        step: 1,
        space: "h",
        images: at.map(([image]) => image),
        points: new Uint8Array(points.buffer),
        explained: 0.5,
        reach,
      } as unknown as Event;
      first!.dispatchEvent(new MessageEvent("message", { data }));
    };
    /** The box of what is drawn on map A, in parts of its width and height. */
    window.drawn = () => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        '[aria-label="Embedding map A"] canvas',
      )!;
      const { width, height } = canvas;
      const { data } = canvas
        .getContext("2d")!
        .getImageData(0, 0, width, height);
      let [left, top, right, bottom] = [1, 1, 0, 0];
      for (let i = 3; i < data.length; i += 4) {
        if (data[i] === 0) continue;
        const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
        left = Math.min(left, x / width);
        right = Math.max(right, x / width);
        top = Math.min(top, y / height);
        bottom = Math.max(bottom, y / height);
      }
      return { left, top, right, bottom };
    };
  });
}

declare global {
  interface Window {
    tell(told: Told): void;
    drawn(): { left: number; top: number; right: number; bottom: number };
  }
}

/** Four images at the corners of a square. */
const square = (half: number, from = 0): Told["at"] => [
  [from, half, half],
  [from + 1, half, -half],
  [from + 2, -half, half],
  [from + 3, -half, -half],
];

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
