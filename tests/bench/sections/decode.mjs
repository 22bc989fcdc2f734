// A folder of photographs dropped on the page, until it has them all.
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { memoryOf, ownTime, peakMemory } from "../lib/machine.mjs";
import { median } from "../lib/numbers.mjs";
import { here, out } from "../lib/paths.mjs";
import { megabytes, short } from "../lib/report.mjs";
import { openShipped, watchLongTasks } from "../lib/shipped.mjs";

const FILES = 1000;
/** Pictures made; each is there several times. */
const DIFFERENT = 50;
/** Sides of what is made: as a telephone's picture scaled down, and as a drawing. */
const KINDS = {
  jpeg: { type: "image/jpeg", width: 1024, height: 768 },
  png: { type: "image/png", width: 640, height: 480 },
};
const ROUNDS = 3;

export default async function ({ report, options, browser }) {
  report.section(
    "decode",
    "image files dropped on the page, until all are there",
  );
  const folders = options.images
    ? { given: resolve(options.images) }
    : await makeFolders(browser);
  const rows = [];
  for (const [kind, folder] of Object.entries(folders)) {
    const tries = [];
    for (let round = 0; round < Math.min(ROUNDS, options.rounds); round++) {
      tries.push(await dropped(folder));
    }
    const of = (what) => median(tries.map((each) => each[what]));
    const made = KINDS[kind];
    rows.push({
      kind: made ? `${kind}, ${made.width} x ${made.height}` : kind,
      files: tries[0].files,
      skipped: tries[0].skipped,
      ms: of("ms"),
      perSecond: tries[0].files / (of("ms") / 1000),
      cpu: of("cpu"),
      memory: of("memory"),
      peak: of("peak"),
      longest: of("longest"),
    });
  }
  report.table(rows, {
    files: (row) => row.kind,
    count: (row) => String(row.files),
    skipped: (row) => String(row.skipped),
    "images/s": (row) => short(row.perSecond),
    ms: (row) => short(row.ms),
    "CPU ms": (row) => short(row.cpu),
    "memory before": (row) => megabytes(row.memory),
    "at most": (row) => megabytes(row.peak),
    "longest task, ms": (row) => short(row.longest),
  });
}

/** One drop on a fresh page. */
async function dropped(folder) {
  const { page, processes, close } = await openShipped(
    { backend: "cpu" },
    watchLongTasks,
  );
  const memory = memoryOf(processes);
  const devtools = await page.context().newCDPSession(page);
  // Before the drop, which takes another way to the page.
  await page.evaluate(() => {
    const drop = () => {
      window.dropped = performance.now();
      window.long = [];
    };
    window.addEventListener("drop", drop, { capture: true });
    window.loaded = new Promise((resolve) => {
      window.twoviews.on("loaded", ({ images, skipped }) =>
        resolve({
          ms: performance.now() - window.dropped,
          files: images.names.length,
          skipped: skipped.length,
          longest: Math.max(0, ...window.long),
        }),
      );
    });
  });
  let result;
  const before = ownTime();
  const peak = await peakMemory(processes, async () => {
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      const event = { type, x: 200, y: 300, data };
      await devtools.send("Input.dispatchDragEvent", event);
    }
    result = await page.evaluate(() => window.loaded);
  });
  const cpu = before && ownTime() - before;
  await close();
  return { ...result, cpu, memory, peak };
}

/** Folders of files made from the test images, kept from run to run. */
async function makeFolders(browser) {
  const folders = {};
  for (const [kind, made] of Object.entries(KINDS)) {
    const folder = join(out, "images", kind);
    folders[kind] = folder;
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === FILES) continue;
    const pictures = await makePictures(browser, made);
    for (let i = 0; i < FILES; i++) {
      const name = join(folder, `${i}.${kind}`);
      await writeFile(name, pictures[i % DIFFERENT]);
    }
  }
  return folders;
}

/** Pictures of the test images: two of them, large, in soft noise as a camera leaves it. */
async function makePictures(browser, { type, width, height }) {
  const drop = resolve(here, "../images/drop");
  const files = await readdir(drop, { recursive: true, withFileTypes: true });
  const images = files.filter((entry) => entry.isFile());
  const page = await browser.newPage();
  const urls = await Promise.all(
    images.map(async ({ parentPath, name }) => {
      const bytes = await readFile(join(parentPath, name));
      return `data:image/${name.endsWith("png") ? "png" : "jpeg"};base64,${bytes.toString("base64")}`;
    }),
  );
  const made = await page.evaluate(
    async ([urls, count, type, width, height]) => {
      const sources = await Promise.all(
        urls.map(async (url) => {
          const image = new Image();
          image.src = url;
          await image.decode();
          return image;
        }),
      );
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      const pictures = [];
      for (let i = 0; i < count; i++) {
        const [a, b] = [i, i + 7].map((at) => sources[at % sources.length]);
        context.globalAlpha = 1;
        context.drawImage(a, 0, 0, width, height);
        context.globalAlpha = 0.5;
        context.drawImage(b, -width / 2, -height / 2, 2 * width, 2 * height);
        const pixels = context.getImageData(0, 0, width, height);
        let state = i + 1;
        for (let at = 0; at < pixels.data.length; at++) {
          if (at % 4 === 3) continue;
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          pixels.data[at] += (state >>> 28) - 8;
        }
        context.putImageData(pixels, 0, 0);
        const blob = await canvas.convertToBlob({ type, quality: 0.85 });
        const bytes = new Uint8Array(await blob.arrayBuffer());
        let text = "";
        for (const byte of bytes) text += String.fromCharCode(byte);
        pictures.push(btoa(text));
      }
      return pictures;
    },
    [urls, DIFFERENT, type, width, height],
  );
  await page.close();
  return made.map((text) => Buffer.from(text, "base64"));
}
