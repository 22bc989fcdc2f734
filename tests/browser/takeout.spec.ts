// A session as a file: out of the page, and in again.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { serious } from "./axe.ts";
import {
  button,
  drop,
  expect,
  image,
  isTraining,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  untilStep,
  tries,
} from "./fixtures.ts";
import { first, record, recorded } from "./keeping.ts";
import { zip } from "./zips.ts";

const run = promisify(execFile);

const panel = (page: Page) =>
  page.getByRole("group", { name: "Session as a file" });

async function more(page: Page): Promise<void> {
  if (!(await panel(page).isVisible())) await button(page, "More").click();
}

/** Saves the session: where the file is, and what is in it. */
async function save(page: Page): Promise<{ path: string; bytes: Buffer }> {
  await more(page);
  const coming = page.waitForEvent("download");
  await panel(page).getByRole("button", { name: "Save as a file" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^twoviews-[\w-]+\.zip$/);
  await expect(panel(page)).toContainText("Saved as");
  await page.keyboard.press("Escape");
  // Under its name: by that a page knows what is dropped on it.
  const path = test.info().outputPath(download.suggestedFilename());
  await download.saveAs(path);
  return { path, bytes: await readFile(path) };
}

async function choose(
  page: Page,
  file: string | { name: string; buffer: Buffer },
) {
  await more(page);
  const given =
    typeof file === "string" ? file : { mimeType: "application/zip", ...file };
  await panel(page).locator("input[type=file]").setInputFiles(given);
}

test("a session is opened elsewhere, and goes on bit for bit", async ({
  page,
  browser,
}) => {
  await open(page);
  await record(page);
  const before = await train(page, 12);
  const losses = await recorded(page);
  const { path, bytes } = await save(page);
  for (const name of [
    "run.json",
    "checkpoint.safetensors",
    "h.npy",
    "map.svg",
  ]) {
    expect(bytes.includes(`/${name}`), name).toBe(true);
  }

  const elsewhere = await browser.newPage();
  // Another set, another method: all of it makes way.
  await open(
    elsewhere,
    { ...TINY, seed: 9, "shapes.count": 16 },
    page.url().split("?")[0],
  );
  await choose(elsewhere, path);
  await expect(panel(elsewhere)).toContainText("is open.");
  await elsewhere.keyboard.press("Escape");
  await expect
    .poll(async () => (await snapshot(elsewhere)).step)
    .toBe(before.step);
  const there = await snapshot(elsewhere);
  expect([there.loss, there.images, there.seed]).toEqual([
    before.loss,
    before.images,
    before.seed,
  ]);
  await record(elsewhere);
  const { step } = await train(elsewhere, before.step + 6);
  const after = await recorded(elsewhere);
  await train(page, step);
  const undisturbed = { ...losses, ...(await recorded(page)) };
  expect(first({ ...losses, ...after }, step)).toEqual(
    first(undisturbed, step),
  );
  await elsewhere.close();
});

test.describe("side by side", () => {
  test.use({ runs: 2 });

  test("two runs are saved while they train, and train on", async ({
    page,
  }) => {
    await open(page);
    await page.getByRole("button", { name: /^\w+ \| \w+$/ }).click();
    await button(page, "Play").click();
    const b = () => page.evaluate(() => window.twoviews.runs.b.snapshot());
    await expect.poll(async () => (await b()).step).toBeGreaterThan(2);
    const { path, bytes } = await save(page);
    // Of both: h and z of a run are there once each, as a file and in the list.
    const text = bytes.toString("latin1");
    const files = new Set(text.match(/runs\/[\w-]+\/[hz]\.npy/g));
    expect(files.size).toBe(4);
    const { step } = await snapshot(page);
    await untilStep(page, step + 1);
    expect((await snapshot(page)).state).toBe("running");
    await button(page, "Pause").click();
    await untilState(page, "paused");

    // It is dropped on the page that has gone on meanwhile.
    await drop(page, [path]);
    await expect(panel(page)).toBeHidden();
    await expect
      .poll(async () => [
        (await snapshot(page)).step < step + 1,
        (await b()).step > 0,
      ])
      .toEqual([true, true]);
  });
});

test("own images come back by name, and what cannot be opened changes nothing", async ({
  page,
}) => {
  tries("session");
  await open(page, { ...TINY, "train.batch": 4 });
  await drop(page, [image("drop")]);
  await expect(button(page, "Images: drop, 36")).toBeVisible();
  const { path } = await save(page);
  // Nothing has been trained: that is no fault.
  await expect(page.getByText("nothing has been started")).toHaveCount(0);
  expect((await snapshot(page)).error).toBeNull();
  await open(page);
  await choose(page, path);
  await expect(panel(page)).toContainText("is open.");
  expect((await snapshot(page)).images).toBe(36);

  const before = await train(page, 3);
  const state = (contents: unknown) =>
    zip([
      { name: "session.json", contents: Buffer.from(JSON.stringify(contents)) },
    ]);
  const whole = await readFile(path);
  const refused: [string, Buffer, string | RegExp][] = [
    ["notes.zip", Buffer.from("no zip"), "no zip, or one that was cut short"],
    ["half.zip", whole.subarray(0, whole.length / 2), "was cut short"],
    ["photos.zip", zip([]), /no session|cut short/],
    ["later.zip", state({ format: 99 }), "later version"],
    ["empty.zip", state({}), "about"],
    ["list.zip", state([1, 2]), "that of a session"],
    [
      "away.zip",
      state({ sets: [{ names: ["a"], size: 4, pixels: { file: "a.npy" } }] }),
      "a.npy is missing",
    ],
  ];
  for (const [name, buffer, why] of refused) {
    await choose(page, { name, buffer });
    await expect(panel(page)).toContainText(`${name} could not be opened`);
    await expect(panel(page)).toContainText(why);
    await page.keyboard.press("Escape");
  }
  const after = await snapshot(page);
  expect([after.step, after.loss, after.images]).toEqual([
    before.step,
    before.loss,
    before.images,
  ]);
  await more(page);
  expect(await serious(page)).toEqual([]);
});

test("writing can be cancelled, and the run trains on", async ({ page }) => {
  tries("session");
  await open(page);
  await button(page, "Play").click();
  await untilStep(page, 2);
  // The program never comes.
  await page.route("**/session/*.wasm", () => {});
  await more(page);
  await panel(page).getByRole("button", { name: "Save as a file" }).click();
  await untilState(page, "paused");
  await panel(page).getByRole("button", { name: "Cancel" }).click();
  await expect(panel(page)).toContainText("Cancelled.");
  const { step } = await snapshot(page);
  await untilStep(page, step + 1);
  await expect(news(page)).toHaveCount(0);
});

test("it can be cancelled while it waits for a run to rest", async ({
  page,
}) => {
  tries("session");
  await open(page);
  await button(page, "Play").click();
  await untilStep(page, 2);
  // What is asked is not heard for now.
  const worker = page.workers().find(isTraining)!;
  await worker.evaluate(() => {
    const obey = self.onmessage!;
    self.onmessage = (event) => {
      if (event.data.type !== "pause") obey.call(self, event);
    };
  });
  await more(page);
  await panel(page).getByRole("button", { name: "Save as a file" }).click();
  await panel(page).getByRole("button", { name: "Cancel" }).click();
  await expect(panel(page)).toContainText("Cancelled.");
  const { step } = await snapshot(page);
  await untilStep(page, step + 1);
  await expect(news(page)).toHaveCount(0);
});

test("a checkpoint goes on where it was, on the images that are here", async ({
  page,
}) => {
  const program = process.env["TWOVIEWS_CLI"];
  test.skip(!program, "the command line is not built");
  const out = test.info().outputPath("kept");
  await run(program!, [
    ...["train", "builtin:shapes", "--no-scores", "--out", out],
    ...["--size", "16", "--batch", "16", "--epochs", "2"],
    ...["--set", "encoder.width=4"],
  ]);
  // As many images as there: the program draws them all.
  const { "shapes.count": _, ...all } = TINY;
  await open(page, all);
  const before = await train(page, 3);
  const file = `${out}/checkpoint.safetensors`;
  const bytes = await readFile(file);
  for (const [name, buffer] of [
    ["cut.safetensors", bytes.subarray(0, 2000)],
    ["half.safetensors", bytes.subarray(0, bytes.length / 2)],
    ["no.safetensors", Buffer.from("weights")],
  ] as const) {
    await choose(page, { name, buffer });
    await expect(panel(page)).toContainText(`${name} could not be opened`);
    await page.keyboard.press("Escape");
  }
  expect((await snapshot(page)).step).toBe(before.step);
  await drop(page, [file]);
  await untilState(page, "done");
  const { step, epochs } = await snapshot(page);
  // Two epochs of 512 images, however far the page's own run was.
  expect([step, epochs]).toEqual([64, 2]);
});

test("from the page to the command line and back", async ({ page }) => {
  const program = process.env["TWOVIEWS_CLI"];
  test.skip(!program, "the command line is not built");
  await open(page, { ...TINY, "train.epochs": 40 });
  const before = await train(page, 4);
  const { path, bytes } = await save(page);
  // What goes on with it on GPUs is in it too.
  expect(bytes.includes("/lightly/train.py")).toBe(true);
  const back = test.info().outputPath("back.zip");
  await run(program!, [
    ...["train", path, "--resume", path, "--session", back, "--no-scores"],
  ]);
  await choose(page, back);
  await expect(panel(page)).toContainText("back.zip is open.");
  await untilState(page, "done");
  const { step, loss } = await snapshot(page);
  expect(step).toBe(160);
  // The same run here: rounding is another, so the last loss is about the same.
  await button(page, "Reset").click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(0);
  await button(page, "Play").click();
  await untilState(page, "done");
  const own = (await snapshot(page)).loss!.total;
  expect(before.loss!.total).not.toBe(own);
  expect(Math.abs(loss!.total - own)).toBeLessThan(0.15 * own);
});
