// What a file's picture is: our decoder beside Chromium's, over all forms that a picture can have, which
// `tests/images/corpus.py` makes.
import { readFileSync } from "node:fs";
import { expect, image, test } from "./fixtures.ts";
import { filesOf } from "./host.ts";

/** Of a file: which PNG it is like and how far off, or what a refusal says. */
type Entry = { name: string; like?: string; within?: number; says?: string };

/** What came of a file: how far two pictures are apart, or why there is none. */
type Outcome = {
  name: string;
  reason: string | null;
  /** From Chromium's; null where it shows none. */
  apart: number | null;
  /** From the PNG that it is like. */
  off: number | null;
};

/** Most that two decoders may differ, as a mean over all values, of 255. */
const MOST = 2;

/** Where the two differ, or only one of them reads a file; and why. */
const EXCEPTIONS: [RegExp, string][] = [
  [/\.tif$/, "Chromium reads no TIFF"],
  [/^turned-[2-8]\.webp$/, "Chromium does not turn a WebP as its EXIF says"],
  [/^32-alpha-all-zero-.*\.bmp$/, "Chromium shows nothing at all"],
  [/^counts-.*\.png$/, "Chromium shows black: it takes counts as they are"],
  [
    /^animated-behind-a-still\.png$/,
    "of a still picture and an animation Chromium shows the animation",
  ],
  [/^444-twice(-restarts)?\.jpg$/, "Chromium refuses three colours of 2 x 2"],
  [
    /^(no-end|half-an-end).*\.(jpg|png)$/,
    "Chromium wants the end, even if nothing else is missing",
  ],
  [
    /^(cut-and-closed|a-scan-missing)\.jpg$/,
    "Chromium makes up what is missing",
  ],
  [/^arithmetic\.jpg$/, "no library in Rust reads arithmetic coding"],
  [/\.ico$/, "icons are no pictures to learn from"],
];

const read = (name: string) => readFileSync(image(`corpus/${name}`));

const entries: Entry[] = JSON.parse(read("corpus.json").toString());

test("our pictures are Chromium's, or it is said why not", async ({ page }) => {
  const [script, wasm] = await filesOf("decoder");
  // Any page of this place: what decodes needs no other part of it. It has no icon.
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await page.goto("sets/LICENSE.txt");
  const files = entries.map((entry) => ({
    ...entry,
    contents: read(entry.name).toString("base64"),
  }));
  const outcomes = await page.evaluate(compareAll, { files, script, wasm });
  const wrong: string[] = [];
  const used = new Set<RegExp>();
  const excepted = (name: string) => {
    const found = EXCEPTIONS.find(([names]) => names.test(name));
    if (found) used.add(found[0]);
    return !!found;
  };
  for (const [index, { name, reason, apart, off }] of outcomes.entries()) {
    const { says, within = 0 } = entries[index];
    const refused = reason !== null;
    if (refused !== (says !== undefined)) wrong.push(`${name}: ${reason}`);
    else if (off !== null && off > within) wrong.push(`${name}: off by ${off}`);
    const same = refused ? apart === null : apart !== null && apart <= MOST;
    if (!same && !excepted(name)) {
      const seen = apart === null ? "shows none" : `is ${apart.toFixed(2)} off`;
      wrong.push(`${name}: ${reason ?? "we read it"}; Chromium ${seen}`);
    }
  }
  for (const [names, why] of EXCEPTIONS) {
    if (!used.has(names)) wrong.push(`no exception any more: ${names} ${why}`);
  }
  const both = outcomes.filter(
    ({ reason, apart }) => !reason && apart !== null,
  );
  console.log(`    ${outcomes.length} files, ${both.length} read by both`);
  expect(wrong).toEqual([]);
  expect(both.length).toBeGreaterThan(180);
});

/** Runs in the page: each file by our decoder and by the browser's, over white. */
async function compareAll(given: {
  files: (Entry & { contents: string })[];
  script: string;
  wasm: string;
}): Promise<Outcome[]> {
  const decoder = await import(given.script);
  const made = await decoder.default({
    module_or_path: await fetch(given.wasm),
  });
  made.__wasm_call_ctors();
  const bytesOf = (base64: string) =>
    Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const ours = (bytes: Uint8Array, side: number): Uint8Array =>
    decoder.decode(bytes, side);
  const difference = (a: Uint8Array, b: Uint8Array) =>
    a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
  const theirs = async (bytes: Uint8Array<ArrayBuffer>) => {
    const bitmap = await createImageBitmap(new Blob([bytes]), {
      colorSpaceConversion: "none",
    }).catch(() => null);
    if (!bitmap) return null;
    const { width, height } = bitmap;
    const side = Math.min(width, height);
    const context = new OffscreenCanvas(side, side).getContext("2d")!;
    context.fillStyle = "white";
    context.fillRect(0, 0, side, side);
    const [left, top] = [(width - side) >> 1, (height - side) >> 1];
    context.drawImage(bitmap, -left, -top);
    const { data } = context.getImageData(0, 0, side, side);
    return { side, pixels: data.filter((_, at) => at % 4 < 3) };
  };
  const named = new Map(given.files.map((file) => [file.name, file]));
  const outcomes: Outcome[] = [];
  for (const { name, like, contents } of given.files) {
    const bytes = bytesOf(contents);
    const other = await theirs(bytes);
    const outcome: Outcome = { name, reason: null, apart: null, off: null };
    outcomes.push(outcome);
    if (other) outcome.apart = 255;
    try {
      const side = other?.side ?? 24;
      const seen = ours(bytes, side);
      if (other) {
        outcome.apart = difference(seen, new Uint8Array(other.pixels));
      }
      if (like) {
        const model = ours(bytesOf(named.get(like)!.contents), side);
        outcome.off = difference(seen, model);
      }
    } catch (reason) {
      outcome.reason = String(reason);
    }
  }
  return outcomes;
}
