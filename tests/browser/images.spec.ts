// Images get in: dropped, picked, labelled by folder, and the unusable named.
import { readdirSync } from "node:fs";
import {
  drawer,
  button,
  drop,
  expect,
  image,
  nextLabels,
  news,
  open,
  isTraining,
  snapshot,
  test,
  TINY,
  train,
  untilState,
  tries,
} from "./fixtures.ts";

/** Paths of all files in a folder of `tests/images/drop`. */
const filesOf = (label: string) =>
  readdirSync(image(`drop/${label}`)).map((name) =>
    image(`drop/${label}/${name}`),
  );
const LABELS = readdirSync(image("drop"));
const COUNT = LABELS.flatMap(filesOf).length;

test.beforeEach(({ page }) => open(page));

test("a dropped folder is images, labelled by its sub-folders", async ({
  page,
}) => {
  const labels = nextLabels(page);
  await drop(page, [image("drop")]);
  const expected = LABELS.map((label) => [label, filesOf(label).length]);
  expect(await labels).toEqual(Object.fromEntries(expected));
  await expect
    .poll(() => snapshot(page))
    .toMatchObject({ state: "loaded", images: COUNT, skipped: [] });
  const legend = page.getByRole("list", { name: "Labels" });
  for (const label of LABELS) {
    await expect(legend.getByText(label, { exact: true })).toBeVisible();
  }
});

test("several dropped folders are as many labels", async ({ page }) => {
  const labels = nextLabels(page);
  await drop(
    page,
    LABELS.slice(0, 2).map((label) => image(`drop/${label}`)),
  );
  expect(Object.keys(await labels).sort()).toEqual(LABELS.slice(0, 2).sort());
});

test("dropped files, PNG and JPEG, replace the built-in set; more are added", async ({
  page,
}) => {
  const files = filesOf(LABELS[0]);
  expect(files.some((file) => file.endsWith(".png"))).toBe(true);
  expect(files.some((file) => file.endsWith(".jpg"))).toBe(true);
  await drop(page, files);
  await expect
    .poll(async () => (await snapshot(page)).images)
    .toBe(files.length);
  const more = filesOf(LABELS[1]).slice(0, 3);
  await drop(page, more);
  await expect
    .poll(async () => (await snapshot(page)).images)
    .toBe(files.length + more.length);
});

test("files that leave again leave nothing behind, and those dropped as soon as they come are taken", async ({
  page,
}) => {
  const files = filesOf(LABELS[0]);
  const notice = page.getByText("Drop images or folders here");
  // Before the drawer of images was ever opened, and over it.
  for (const _ of ["closed", "open"]) {
    await drop(page, files, ["dragEnter", "dragOver"]);
    await expect(notice).toBeVisible();
    await drop(page, files, ["dragCancel"]);
    await expect(notice).toBeHidden();
    await drawer(page, "Images");
  }
  // Over an element that has just come there may be no time to hover.
  await drop(page, files, ["dragEnter", "drop"]);
  await expect
    .poll(async () => (await snapshot(page)).images)
    .toBe(files.length);
  await expect(notice).toBeHidden();
});

test("Add images opens a picker of files", async ({ page }) => {
  const picker = page.waitForEvent("filechooser");
  await drawer(page, "Images");
  await button(page, "Add images").click();
  expect((await picker).isMultiple()).toBe(true);
  await (await picker).setFiles(filesOf(LABELS[0]));
  await expect
    .poll(async () => (await snapshot(page)).images)
    .toBe(filesOf(LABELS[0]).length);
});

test("files that cannot be used are listed with the reason, the others are used", async ({
  page,
}) => {
  tries("file");
  const broken = ["cut-short.jpg", "empty.png", "notes.png", "huge.png"];
  await drop(page, [...filesOf(LABELS[0]), ...broken.map(image)]);
  await expect
    .poll(async () => (await snapshot(page)).skipped.length)
    .toBe(broken.length);
  const { images, skipped } = await snapshot(page);
  expect(images).toBe(filesOf(LABELS[0]).length);
  expect(skipped.map(({ name }) => name).sort()).toEqual([...broken].sort());
  const reasons = new Set(skipped.map(({ reason }) => reason));
  expect(reasons.size, "each its own reason").toBe(broken.length);
  for (const { name, reason } of skipped) {
    expect(reason.length).toBeGreaterThan(10);
    await expect(page.getByText(name).first()).toBeAttached();
    await expect(page.getByText(reason).first()).toBeAttached();
  }
  await expect(button(page, "Play")).toBeEnabled();
});

test("a file that cannot be used costs neither the run nor a setting", async ({
  page,
}) => {
  tries("file");
  const before = await train(page, 3);
  const url = page.url();
  await drop(page, [image("notes.png")]);
  await expect
    .poll(async () => (await snapshot(page)).skipped)
    .toEqual([{ name: "notes.png", reason: expect.any(String) }]);
  expect(await snapshot(page)).toMatchObject({
    state: "paused",
    step: before.step,
    images: before.images,
    loss: before.loss,
  });
  expect(page.url()).toBe(url);
  await button(page, "Step").click();
  await expect
    .poll(async () => (await snapshot(page)).step)
    .toBe(before.step + 1);
});

/** What a server may answer instead of a picture. */
const NO_PICTURES = {
  "a page": { contentType: "text/html", body: "<!doctype html>" },
  "an error": { status: 503 },
};

for (const [what, answer] of Object.entries(NO_PICTURES)) {
  test.describe(`${what} instead of a set's picture`, () => {
    test.use({ tolerated: /503|killed by the test|worker has died/ });

    test("costs neither run nor setting, nor what a death would leave", async ({
      page,
    }) => {
      tries("file");
      await page.route(/\/emoji\.png/, (route) => route.fulfill(answer));
      const { step } = await train(page, 3);
      const url = page.url();
      const sets = await drawer(page, "Images");
      await sets.getByRole("radio", { name: "Emoji" }).check({ force: true });
      const notices = news(page);
      await expect(notices).toBeVisible();
      const kept = { state: "paused", step, images: 64 };
      expect(await snapshot(page)).toMatchObject(kept);
      expect(page.url()).toBe(url);
      const worker = page.workers().find(isTraining)!;
      await worker.evaluate(() => {
        setTimeout(() => {
          throw new Error("killed by the test");
        });
      });
      await expect(
        page.getByText(/from the last snapshot/).first(),
      ).toBeVisible();
      await untilState(page, "paused");
      expect(await snapshot(page)).toMatchObject(kept);
    });
  });
}

test("a set that is asked for in vain comes as it is usually drawn", async ({
  page,
}) => {
  await open(page, { ...TINY, "shapes.count": 3 });
  await expect(page.getByText(/3 shapes; 8 to 20,000/).first()).toBeVisible();
  expect((await snapshot(page)).images).toBe(512);
  await expect(page).not.toHaveURL(/count=3/);
});

test("fewer than eight images do not start a run, and the page says so", async ({
  page,
}) => {
  tries("file");
  await drop(page, filesOf(LABELS[0]).slice(0, 7));
  await expect.poll(async () => (await snapshot(page)).images).toBe(7);
  await expect(button(page, "Play")).toBeDisabled();
  await expect(page.getByText(/at least 8 images/i).first()).toBeVisible();
  await page.keyboard.press("Space");
  await drop(page, [filesOf(LABELS[0])[7]]);
  await expect(button(page, "Play")).toBeEnabled();
  expect(await snapshot(page)).toMatchObject({ state: "loaded", images: 8 });
});

test("a camera that is not there, or not allowed, is said, and the images stay", async ({
  page,
}) => {
  tries("file");
  const { images } = await snapshot(page);
  await drawer(page, "Images");
  await button(page, "Webcam").click();
  await expect(page.getByRole("alert")).toContainText(
    /No camera was found|The camera was not allowed/,
  );
  const part = page.getByRole("group", { name: "Webcam" });
  await part.getByRole("button", { name: "Close" }).click();
  await expect(part).toHaveCount(0);
  expect(await snapshot(page)).toMatchObject({ state: "loaded", images });
});

test("what suits own images is chosen with its reason, and gives way to the learner", async ({
  page,
}) => {
  await drop(page, LABELS.slice(0, 2).flatMap(filesOf));
  await expect
    .poll(async () => (await snapshot(page)).images)
    .toBe(LABELS.slice(0, 2).flatMap(filesOf).length);
  const panel = await drawer(page, "Images");
  await panel.getByText("Chosen for these images").click();
  await expect(panel.getByText(/^(No f|F)lips: /)).toBeVisible();
  await expect(
    panel.getByText(/^Brightness and colour change at \d+ % /),
  ).toBeVisible();
  // The address of this test asks for settings of its own, and says that they are the learner's.
  await expect(
    panel.getByText("Encoder width is 4 channels by your choice."),
  ).toBeVisible();

  await drawer(page, "How the views are made");
  const flips = page.getByLabel("Flip: how often, as a number");
  await page.locator("summary", { hasText: /^Flip/ }).click();
  await flips.fill("0.25");
  await flips.press("Enter");
  await drawer(page, "Images");
  const mine = panel.getByText("Flip: how often is 0.25 by your choice.");
  await expect(mine).toBeVisible();
  // Further images do not undo it, and it is part of the address.
  await drop(page, filesOf(LABELS[2]));
  await expect
    .poll(async () => (await snapshot(page)).images)
    .toBe(LABELS.slice(0, 3).flatMap(filesOf).length);
  await expect(mine).toBeVisible();
  expect(page.url()).toContain("augment.flip.probability=0.25");
  await mine.getByRole("button", { name: "Back to default" }).click();
  await expect(mine).toHaveCount(0);
  // Whatever suits the images that there are by now.
  await drawer(page, "How the views are made");
  await expect(flips).toHaveValue(/^0(\.5)?$/);
});

test("how long a run takes is told as time and chosen as time", async ({
  page,
}) => {
  await drawer(page, "Settings of A");
  const slider = page.getByLabel("How long", { exact: true });
  const epochs = page.getByLabel("Epochs, as a number");
  await expect(slider).toBeEnabled();
  const before = Number(await epochs.inputValue());
  const seconds = async () =>
    Math.round(10 ** Number(await slider.inputValue()));
  const first = await seconds();
  await slider.focus();
  await slider.press("PageUp");
  await slider.blur();
  await expect.poll(seconds).toBeGreaterThan(first);
  const after = Number(await epochs.inputValue());
  // Twice the time is twice the epochs.
  const ratio = after / before / ((await seconds()) / first);
  expect(ratio).toBeGreaterThan(0.9);
  expect(ratio).toBeLessThan(1.1);
});
