// One screen: what matters is in sight at once, the map first, and Tab goes where the eye goes.
import type { Locator, Page } from "@playwright/test";
import { overflow } from "./axe.ts";
import {
  button,
  drawer,
  expect,
  news,
  open,
  test,
  TINY,
  train,
  untilStep,
} from "./fixtures.ts";

/** A window, what the address adds, and the part of the window that the maps have at least. */
type Screen = [width: number, height: number, show: string, share: number];

const SIDE_BY_SIDE: Record<string, Screen> = {
  "a small laptop": [1366, 768, "", 0.45],
  "a small laptop's window": [1366, 650, "", 0.38],
  "a projector": [1280, 720, "projector", 0.36],
};
const PHONE: Screen = [390, 844, "", 0.33];

const region = (page: Page, name: string) =>
  page.getByRole("region", { name, exact: true });

/** Opens two runs side by side, and waits until both have something to show. */
async function begin(page: Page, [width, height, show]: Screen) {
  await page.setViewportSize({ width, height });
  const beside = { b: "live", "b.method": "vicreg" };
  await open(page, { ...TINY, ...beside, ...(show && { show }) });
  await button(page, "Play").click();
  await untilStep(page, 8);
  await expect
    .poll(() => page.evaluate(() => window.twoviews.runs.b.snapshot().step))
    .toBeGreaterThan(4);
  await button(page, "Pause").click();
}

/** What must be in sight of a run. */
const ofRun = (page: Page, letter: string): Locator[] => [
  button(page, `Method of ${letter}: ${letter === "A" ? "SimCLR" : "VICReg"}`),
  page.getByRole("img", { name: `Embedding map ${letter}` }),
  // Both statements, kNN and what it is compared with, the loss.
  ...["Collapse?", "Learned?", "kNN of h", "untrained", "raw pixels"].map(
    (name) =>
      region(page, `Run ${letter}`).getByRole("button", { name }).first(),
  ),
  page.getByRole("button", { name: new RegExp(`^Loss of ${letter}, now`) }),
];

/** What must be in sight of the page. */
const ofPage = (page: Page): Locator[] => [
  button(page, "Play"),
  page.getByRole("button", { name: /^Images: Shapes/ }),
  button(page, "SimCLR | VICReg"),
  region(page, "Views").getByRole("listitem").nth(0),
  region(page, "Views").getByRole("listitem").nth(1),
  page.getByRole("list", { name: "Labels" }).getByRole("button").first(),
  page.getByText("Click a point"),
];

async function inSight(all: Locator[]): Promise<void> {
  for (const one of all) await expect(one).toBeInViewport({ ratio: 0.9 });
}

/** The part of the window that maps have. */
const share = (page: Page) =>
  page.evaluate(() => {
    const boxes = [...document.querySelectorAll("[role=img] > canvas")].map(
      (canvas) => canvas.getBoundingClientRect(),
    );
    const seen = boxes.map(
      ({ left, right, top, bottom }) =>
        Math.max(0, Math.min(right, innerWidth) - Math.max(left, 0)) *
        Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0)),
    );
    return seen.reduce((a, b) => a + b, 0) / (innerWidth * innerHeight);
  });

for (const [name, [width, height, show]] of Object.entries(SIDE_BY_SIDE)) {
  // A projector shows no pipeline.
  if (show) continue;
  test(`on ${name} news lie on no part of the pipeline`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page);
    await train(page, 3);
    const method = await drawer(page, "Method of A");
    await method.getByRole("radio", { name: "MoCo" }).check({ force: true });
    await expect(news(page).getByRole("listitem")).toHaveCount(1);
    const bottom = (await news(page).boundingBox())!;
    const parts = region(page, "Pipeline in a line").getByRole("button");
    await expect(parts).not.toHaveCount(0);
    for (const part of await parts.all()) {
      const { y } = (await part.boundingBox())!;
      expect(y).toBeGreaterThanOrEqual(bottom.y + bottom.height);
    }
  });
}

test.describe("two runs", () => {
  test.use({ runs: 2 });

  for (const [name, screen] of Object.entries(SIDE_BY_SIDE)) {
    test(`${name} shows all that matters at once, maps first`, async ({
      page,
    }) => {
      await begin(page, screen);
      await inSight([
        ...ofPage(page),
        ...ofRun(page, "A"),
        ...ofRun(page, "B"),
      ]);
      expect(await share(page)).toBeGreaterThanOrEqual(screen[3]);
      const [tall, high] = await page.evaluate(() => [
        document.documentElement.scrollHeight,
        innerHeight,
      ]);
      expect(tall, "nothing to scroll to").toBeLessThanOrEqual(high);
    });
  }

  test("a phone shows one of the two, and the other at a touch", async ({
    page,
  }) => {
    await begin(page, PHONE);
    await inSight([...ofPage(page), ...ofRun(page, "A")]);
    expect(await share(page)).toBeGreaterThanOrEqual(PHONE[3]);
    await button(page, "Show B").click();
    await inSight([...ofPage(page), ...ofRun(page, "B")]);
    await expect(ofRun(page, "A")[1]!).toBeHidden();
  });
});

for (const zoom of [1.25, 1.5, 2]) {
  test(`at ${zoom * 100} % the first screen still has the map`, async ({
    page,
  }) => {
    await page.setViewportSize({
      width: Math.round(1366 / zoom),
      height: Math.round(768 / zoom),
    });
    await open(page);
    const map = page.getByRole("img", { name: "Embedding map A" });
    await expect(map).toBeInViewport({ ratio: 0.8 });
  });
}

test("four times enlarged, all is reached by scrolling down alone", async ({
  page,
}) => {
  // A window of 1280 by 1024; what is measured stands still.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 320, height: 256 });
  await open(page);
  await train(page, 8);
  expect(await overflow(page), "scrolls sideways").toBeLessThanOrEqual(0);
  const a = region(page, "Run A");
  // Nothing of a run is cut off, and nothing lies over it.
  for (const name of ["PCA", "Collapse?", "Learned?", "kNN of h", "chance"]) {
    const one = a.getByRole("button", { name }).first();
    await one.scrollIntoViewIfNeeded();
    await expect(one).toBeInViewport({ ratio: 1 });
    await one.click({ trial: true });
  }
  const score = (await a.locator("dd .value").first().boundingBox())!;
  const open_ = (await button(page, "Readings of A").boundingBox())!;
  expect(score.x + score.width).toBeLessThanOrEqual(open_.x);
  for (const name of ["Images", "Settings of A", "Lessons", "More"] as const) {
    const own = await drawer(page, name);
    const box = (await own.boundingBox())!;
    expect(box.y, name).toBeGreaterThanOrEqual(0);
    expect(box.y + box.height, name).toBeLessThanOrEqual(256);
    const [there, wanted, room] = await own
      .locator(".body")
      .evaluate((body) => [
        body.clientWidth,
        body.scrollWidth,
        body.clientHeight,
      ]);
    expect(wanted, `${name} scrolls sideways`).toBeLessThanOrEqual(there!);
    expect(room, `${name} has room`).toBeGreaterThanOrEqual(160);
    await page.keyboard.press("Escape");
  }
});

for (const [width, height] of [
  [1366, 768],
  [900, 700],
  [390, 844],
]) {
  test(`Tab goes where the eye goes, ${width} pixels wide`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await open(page);
    const parts: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const part = await page.evaluate(() => {
        const at = document.activeElement!;
        const own = at.closest(
          ".page > header, .views, .clicked, .legend, .strip, section[aria-label^=Run]",
        );
        const box = own?.getBoundingClientRect();
        return box
          ? `${Math.round(box.top + scrollY)} ${Math.round(box.left)}`
          : "";
      });
      // From the last it goes to the first again.
      if (parts.length > 1 && part === parts[0]) break;
      if (part && part !== parts.at(-1)) parts.push(part);
    }
    // Each part is left for good, and the next lies right of it or below it.
    expect(new Set(parts).size).toBe(parts.length);
    const places = parts.map((part) => part.split(" ").map(Number));
    for (const [i, [top, left]] of places.entries()) {
      const [before, beside] = places[i - 1] ?? [0, -1];
      expect(top! > before! || left! > beside!, parts.join(", ")).toBe(true);
    }
    expect(parts.length).toBeGreaterThanOrEqual(5);
  });
}
