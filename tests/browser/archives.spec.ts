// Zips on the page: what is in one is images and lines, as if it were a folder.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import {
  button,
  drawer,
  drop,
  expect,
  image,
  nextLabels,
  open,
  snapshot,
  test,
  tries,
} from "./fixtures.ts";
import { zip, type Packed } from "./zips.ts";

/** A zip of this test. */
function archive(name: string, bytes: Buffer): string {
  const path = test.info().outputPath(name);
  writeFileSync(path, bytes);
  return path;
}

const files = (around = ""): Packed[] =>
  ["cat", "coffee", "rocket"].flatMap((label) =>
    readdirSync(image(`drop/${label}`)).map((name) => ({
      name: `${around}${label}/${name}`,
      contents: readFileSync(image(`drop/${label}/${name}`)),
    })),
  );

const counted = (page: Page, images: number) =>
  expect.poll(async () => (await snapshot(page)).images).toBe(images);

test.beforeEach(({ page }) => open(page));

test("a zip is dropped as a folder is, and read again at another size", async ({
  page,
}) => {
  const labels = nextLabels(page);
  await drop(page, [archive("My photos.zip", zip(files()))]);
  expect(await labels).toEqual({ cat: 12, coffee: 12, rocket: 12 });
  await expect(
    page.getByRole("button", { name: "Images: My photos, 36" }),
  ).toBeVisible();
  expect((await snapshot(page)).skipped).toEqual([]);
  const again = nextLabels(page);
  await page.evaluate(() =>
    window.twoviews.send({ type: "configure", settings: { size: 24 } }),
  );
  expect(await again).toEqual({ cat: 12, coffee: 12, rocket: 12 });
  await expect(button(page, "Play")).toBeEnabled();
});

test("it is picked, and called by the folder in it", async ({ page }) => {
  const picker = page.waitForEvent("filechooser");
  await drawer(page, "Images");
  const input = page.locator("input[type=file]:not([webkitdirectory])");
  expect(await input.getAttribute("accept")).toContain(".zip");
  await button(page, "Add images").click();
  await (await picker).setFiles(archive("x.zip", zip(files("pictures/"))));
  await counted(page, 36);
  await expect(
    page.getByRole("button", { name: "Images: pictures, 36" }),
  ).toBeVisible();
});

test("what is wrong with one of its files costs that file", async ({
  page,
}) => {
  tries("file");
  const contents = readFileSync(image("drop/cat/cat-1.png"));
  const bytes = zip([
    ...files(),
    { name: "cat/locked.png", contents, locked: true },
    { name: "cat/damaged.png", contents, damaged: true },
    { name: "cat/notes.txt", contents: Buffer.from("Dear diary") },
    { name: "cat/more.zip", contents: zip(files()) },
    { name: "../../up.png", contents },
    {
      name: "cat/quadrants.avif",
      contents: readFileSync(image("quadrants.avif")),
    },
    { name: "__MACOSX/cat/._cat-1.png", contents },
    { name: "cat/Thumbs.db", contents },
  ]);
  await drop(page, [archive("photos.zip", bytes)]);
  await counted(page, 37);
  const { skipped } = await snapshot(page);
  const lines = skipped.map(({ name, reason }) => `${name}: ${reason}`);
  expect(lines.sort()).toEqual([
    expect.stringMatching(/up\.png: its path leads out of the zip/),
    expect.stringMatching(/damaged\.png: .*checksum/),
    expect.stringMatching(/locked\.png: it has a password/),
    expect.stringMatching(/more\.zip: a zip inside the zip/),
    expect.stringMatching(/notes\.txt: .*not an image/),
  ]);
  const panel = await drawer(page, "Images");
  await expect(panel.getByText(/2 files that systems leave/)).toBeVisible();
});

test("one that is cut short is one line, and what came with it is taken", async ({
  page,
}) => {
  tries("file");
  const whole = zip(files());
  const cut = whole.subarray(0, whole.length / 2);
  await drop(page, [
    archive("cut.zip", cut),
    ...readdirSync(image("drop/cat")).map((name) => image(`drop/cat/${name}`)),
  ]);
  await counted(page, 12);
  expect((await snapshot(page)).skipped).toEqual([
    {
      name: "cut.zip",
      reason: expect.stringContaining("cut short or damaged"),
    },
  ]);
});

test("what is being unpacked can be cancelled", async ({ page }) => {
  tries("file");
  const contents = readFileSync(image("drop/cat/cat-1.png"));
  const many = Array.from({ length: 20_000 }, (_, i) => {
    return { name: `${i % 4}/${i}.png`, contents };
  });
  const panel = await drawer(page, "Images");
  await drop(page, [archive("many.zip", zip(many))]);
  await expect(panel.getByText(/of 20,000 read/)).toBeVisible();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await expect(panel.getByText(/of 20,000 read/)).toBeHidden();
  expect((await snapshot(page)).images, "the built-in set stays").toBe(64);
});
