// What people really drop: folders of which one entry cannot be opened, films, shortcuts, files of one name.
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import {
  button,
  drawer,
  drop,
  expect,
  image,
  news,
  nextLabels,
  open,
  snapshot,
  test,
  tries,
} from "./fixtures.ts";

/** A folder of this test: each path in it is a copy of a file of `tests/images`, or has these contents. */
function folder(name: string, files: Record<string, string | Buffer>): string {
  const root = test.info().outputPath(name);
  for (const [path, from] of Object.entries(files)) {
    const to = join(root, path);
    mkdirSync(dirname(to), { recursive: true });
    if (typeof from === "string") copyFileSync(image(from), to);
    else writeFileSync(to, from);
  }
  return root;
}

/** Eight pictures of a kind each. */
const animals = () =>
  Object.fromEntries(
    ["cats", "dogs"].flatMap((kind) =>
      Array.from({ length: 8 }, (_, i) => [
        `${kind}/${i}.png`,
        `drop/${kind === "cats" ? "cat" : "rocket"}/${kind === "cats" ? "cat" : "rocket"}-${(i % 6) * 2 + 1}.png`,
      ]),
    ),
  );

const counted = (page: Page, images: number) =>
  expect.poll(async () => (await snapshot(page)).images).toBe(images);

/** Has what is dropped fail: a file that cannot be opened, or a folder that cannot be read. */
const locking = (page: Page, locked: string) =>
  page.evaluate((locked) => {
    const entryOf = DataTransferItem.prototype.webkitGetAsEntry;
    const gone = new DOMException("It could not be found", "NotFoundError");
    const patch = (entry: any): any => {
      if (entry.isFile && entry.name === locked) {
        entry.file = (_: unknown, reject: any) => reject(gone);
      } else if (entry.isDirectory) {
        const reader = entry.createReader();
        const read = reader.readEntries.bind(reader);
        reader.readEntries = (resolve: any, reject: any) =>
          entry.name === locked
            ? reject(gone)
            : read((all: any[]) => resolve(all.map(patch)), reject);
        entry.createReader = () => reader;
      }
      return entry;
    };
    DataTransferItem.prototype.webkitGetAsEntry = function () {
      return patch(entryOf.call(this));
    };
  }, locked);

test("a file that cannot be opened is one line, and nothing else is lost", async ({
  page,
}) => {
  tries("file");
  await open(page);
  await locking(page, "locked.png");
  const files = { ...animals(), "dogs/locked.png": "grey.png" };
  await drop(page, [folder("data", files)]);
  await counted(page, 16);
  expect((await snapshot(page)).skipped).toEqual([
    {
      name: "data/dogs/locked.png",
      reason: expect.stringContaining("cannot be opened"),
    },
  ]);
});

test("a folder that cannot be read is one line, and the others are taken", async ({
  page,
}) => {
  tries("file");
  await open(page);
  await locking(page, "dogs");
  await drop(page, [folder("data", animals())]);
  await counted(page, 8);
  const { skipped } = await snapshot(page);
  expect(skipped.map(({ name }) => name)).toEqual(["data/dogs"]);
});

test("a drag that leaves the window takes its notice with it", async ({
  page,
}) => {
  await open(page);
  const notice = page.getByText("Drop images or folders here");
  const send = (type: string, files: boolean) =>
    page.evaluate(
      ([type, files]) => {
        const dataTransfer = new DataTransfer();
        if (files) dataTransfer.items.add(new File(["x"], "x.png"));
        const how = { bubbles: true, cancelable: true, dataTransfer };
        document.body.dispatchEvent(new DragEvent(type as string, how));
      },
      [type, files] as const,
    );
  await send("dragenter", true);
  await expect(notice).toBeVisible();
  // What leaves need not say that it was files.
  await send("dragleave", false);
  await expect(notice).toBeHidden();
  await send("dragenter", true);
  await expect(notice).toBeVisible();
  await page.evaluate(() =>
    dispatchEvent(new PointerEvent("pointermove", { bubbles: true })),
  );
  await expect(notice).toBeHidden({ timeout: 300 });
});

test("of a film among photos no more is read than its first bytes", async ({
  page,
}) => {
  tries("file");
  const read: number[] = [];
  await page.exposeFunction("hasRead", (bytes: number) => read.push(bytes));
  await page.route("**/decoder-*.js", async (route) => {
    const response = await route.fetch();
    const before = `{
      const read = Blob.prototype.arrayBuffer;
      const told = new BroadcastChannel("read");
      Blob.prototype.arrayBuffer = function () {
        told.postMessage(this.size);
        return read.call(this);
      };
    }`;
    await route.fulfill({ response, body: before + (await response.text()) });
  });
  await open(page);
  await page.evaluate(() => {
    new BroadcastChannel("read").onmessage = ({ data }) =>
      (window as any).hasRead(data);
  });
  const film = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42");
  const data = folder("data", {
    ...animals(),
    "dogs/holiday.mp4": film,
    "dogs/notes.txt": Buffer.from("Dear diary"),
  });
  // It takes no room on the disk.
  truncateSync(join(data, "dogs/holiday.mp4"), 5 * 2 ** 30);
  await drop(page, [data]);
  await counted(page, 16);
  const { skipped } = await snapshot(page);
  expect(skipped.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    expect.stringMatching(/holiday\.mp4: .*not an image/),
    expect.stringMatching(/notes\.txt: .*not an image/),
  ]);
  expect(Math.max(...read)).toBeLessThan(1e6);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a shortcut, a link and an empty folder are said for what they are", async ({
  page,
}) => {
  tries("file");
  await open(page);
  const data = folder("data", { "cat.webloc": Buffer.from("<plist/>") });
  await drop(page, [join(data, "cat.webloc")]);
  await expect(news(page).first()).toContainText("a shortcut to something");
  mkdirSync(join(data, "empty"));
  await drop(page, [join(data, "empty")]);
  await expect(page.getByText(/^No file came with that/).first()).toBeVisible();
  // A link would lead away from the page.
  const stays = await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData("text/uri-list", "http://localhost/cat.png");
    const how = { bubbles: true, cancelable: true, dataTransfer };
    return ["dragover", "drop"].map(
      (type) => !document.body.dispatchEvent(new DragEvent(type, how)),
    );
  });
  expect(stays).toEqual([true, true]);
  await expect(page.getByText(/^That is a link/).first()).toBeVisible();
});

test("two picked files of one name are two images, or two lines", async ({
  page,
}) => {
  tries("file");
  await open(page);
  const data = folder("data", {
    "one/IMG_0001.HEIC": "quadrants.heic",
    "two/IMG_0001.HEIC": "cut-short.jpg",
    "one/1.bmp": "quadrants.bmp",
    "two/1.bmp": readFileSync(image("quadrants.bmp")).reverse(),
    "copy/1.bmp": "quadrants.bmp",
  });
  const turned = readFileSync(image("quadrants.bmp"));
  // Another picture as long as the first: its last pixel differs.
  turned[turned.length - 1]! ^= 255;
  writeFileSync(join(data, "two/1.bmp"), turned);
  const when = new Date("2026-01-01T12:00:00Z");
  for (const one of ["one", "two", "copy"]) {
    utimesSync(join(data, one, "1.bmp"), when, when);
  }
  const panel = await drawer(page, "Images");
  const pick = async (...paths: string[]) => {
    const picker = page.waitForEvent("filechooser");
    await button(page, "Add images").click();
    await (await picker).setFiles(paths.map((path) => join(data, path)));
  };
  await pick("one/1.bmp");
  await counted(page, 1);
  await pick("one/IMG_0001.HEIC", "two/1.bmp", "two/IMG_0001.HEIC");
  await counted(page, 2);
  const { skipped } = await snapshot(page);
  expect(skipped.map(({ name }) => name)).toEqual([
    "IMG_0001.HEIC",
    "IMG_0001.HEIC",
  ]);
  expect(skipped[0]!.reason).toMatch(/HEIC is not read by this browser/);
  await panel.getByText("2 files skipped").click();
  await expect(panel.getByText("IMG_0001.HEIC").first()).toBeVisible();
  // The panel goes on.
  await pick("copy/1.bmp");
  await expect(panel.getByText("3 files skipped")).toBeVisible();
  await expect(panel.getByText("already added").first()).toBeVisible();
  expect((await snapshot(page)).images).toBe(2);
});

test("all that was refused can be copied and saved, whatever it is called", async ({
  page,
}) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  const text = Buffer.from("Dear diary");
  const notes = Array.from({ length: 250 }, (_, i) => [`${i}.txt`, text]);
  const odd = "<img src=x onerror=alert(1)>\n.txt";
  const files = { ...animals(), ...Object.fromEntries(notes), [odd]: text };
  await drop(page, [folder("data", files)]);
  await counted(page, 16);
  const panel = await drawer(page, "Images");
  await panel.getByText("251 files skipped").click();
  await expect(panel.getByText(/^251: not an image/)).toBeVisible();
  expect(await panel.getByText("Dear diary").count()).toBe(0);
  await button(page, "Copy the list").click();
  await expect(panel.getByText("Copied.")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const lines = copied.trim().split(/\r?\n/);
  expect(lines.length).toBe(251);
  expect(lines.filter((line) => /^data\/.+\tnot an image/.test(line))).toEqual(
    lines,
  );
  const download = page.waitForEvent("download");
  await button(page, "Save as text").click();
  const saved = await (await download).path();
  expect(readFileSync(saved, "utf8").trim()).toBe(copied.trim());
});

test("files on their way can be cancelled, or taken as far as they are read", async ({
  page,
}) => {
  tries("file");
  await page.route("**/decoder-*.js", async (route) => {
    const response = await route.fetch();
    // All but the first dozen never come.
    const before = `{
      const slice = Blob.prototype.slice;
      const never = { arrayBuffer: () => new Promise(() => {}) };
      Blob.prototype.slice = function (...range) {
        return this.name.startsWith("late") ? never : slice.apply(this, range);
      };
    }`;
    await route.fulfill({ response, body: before + (await response.text()) });
  });
  await open(page);
  const files: Record<string, string> = {};
  for (let i = 0; i < 212; i++) {
    files[`${i < 12 ? "first" : "late"}-${i}.png`] = "drop/cat/cat-1.png";
  }
  const data = folder("data", files);
  const panel = await drawer(page, "Images");
  await drop(page, [data]);
  await expect(panel.getByText("12 of 212 read")).toBeVisible();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await expect(panel.getByText(/of 212 read/)).toBeHidden();
  expect((await snapshot(page)).images, "the built-in set stays").toBe(64);
  await drop(page, [data]);
  await expect(panel.getByText("12 of 212 read")).toBeVisible();
  await panel.getByRole("button", { name: "Use what is read" }).click();
  await counted(page, 12);
  await expect(button(page, "Play")).toBeEnabled();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a folder's label is the same whichever way its accent is written", async ({
  page,
}) => {
  await open(page);
  const files = Object.fromEntries(
    Object.entries(animals()).map(([path, from], i) => [
      path.replace("cats", i % 2 ? "caf\u00e9" : "cafe\u0301"),
      from,
    ]),
  );
  const labels = nextLabels(page);
  await drop(page, [folder("data", files)]);
  expect(await labels).toEqual({ "caf\u00e9": 8, dogs: 8 });
});
