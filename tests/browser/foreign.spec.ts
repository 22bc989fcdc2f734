// Kinds of images that our decoder does not know: the browser's reads them, or it is said what to do.
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import {
  drop,
  expect,
  image,
  open,
  snapshot,
  test,
  tries,
} from "./fixtures.ts";

/** The colours of the four corners of the first images that are the learner's own. */
const corners = (page: Page): Promise<number[][]> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        window.twoviews.on("loaded", ({ images: { set, size, pixels } }) => {
          if (set !== null) return;
          const [near, far] = [2, size - 3];
          const places = [
            [near, near],
            [far, near],
            [near, far],
            [far, far],
          ];
          const corner = ([x, y]: number[]) => {
            const at = (y! * size + x!) * 3;
            return [...pixels.subarray(at, at + 3)];
          };
          resolve(places.map(corner));
        });
      }),
  );

const COLOURS = [
  [220, 40, 40],
  [40, 180, 60],
  [40, 70, 210],
  [230, 200, 40],
];
const WHITE = [255, 255, 255];

const PICTURES: Record<string, number[][]> = {
  "quadrants.avif": COLOURS,
  "quadrants.ico": COLOURS,
  "transparent.avif": [...COLOURS.slice(0, 2), WHITE, WHITE],
};

test("what the browser reads is the picture, over white", async ({ page }) => {
  for (const [name, colours] of Object.entries(PICTURES)) {
    await open(page);
    const seen = corners(page);
    await drop(page, [image(name)]);
    const differences = (await seen).map((corner, i) =>
      corner.map((value, channel) => Math.abs(value - colours[i]![channel]!)),
    );
    expect(Math.max(...differences.flat()), name).toBeLessThan(10);
    expect((await snapshot(page)).skipped).toEqual([]);
  }
});

/** Drops one file and returns why it cannot be used. */
async function refusal(page: Page, path: string): Promise<string> {
  await drop(page, [path]);
  await expect.poll(async () => (await snapshot(page)).skipped.length).toBe(1);
  return (await snapshot(page)).skipped[0]!.reason;
}

test("what it does not read is refused with what to do", async ({ page }) => {
  tries("file");
  await open(page);
  expect(await refusal(page, image("quadrants.heic"))).toMatch(
    /^HEIC is not read by this browser: save it as JPEG; .*Most Compatible/,
  );
});

test("one that is damaged is not taken for a kind that is not read", async ({
  page,
}) => {
  tries("file");
  await open(page);
  const damaged = test.info().outputPath("damaged.avif");
  writeFileSync(
    damaged,
    readFileSync(image("quadrants.avif")).subarray(0, 300),
  );
  const why = await refusal(page, damaged);
  expect(why).toBe("the AVIF file is broken or cut short");
});

test("a drawing is refused as one", async ({ page }) => {
  tries("file");
  await open(page);
  const drawing = test.info().outputPath("drawing.svg");
  writeFileSync(drawing, "<svg xmlns='http://www.w3.org/2000/svg'/>");
  expect(await refusal(page, drawing)).toMatch(/^SVG is a drawing .* as PNG/);
});

test("a browser that has no decoder, and tells of none, is told of", async ({
  page,
}) => {
  tries("file");
  await page.route("**/decoder-*.js", async (route) => {
    const response = await route.fetch();
    const before = `
      self.createImageBitmap = () => Promise.reject(new Error("unknown"));
      delete self.ImageDecoder;
    `;
    await route.fulfill({ response, body: before + (await response.text()) });
  });
  await open(page);
  expect(await refusal(page, image("quadrants.avif"))).toBe(
    "this browser could not read the AVIF file: save it as PNG or JPEG",
  );
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
