// Pictures from a camera become images of a label; the camera is let go of, whatever happens.
import type { Page } from "@playwright/test";
import { launch } from "./launch.mjs";
import {
  drawer,
  button,
  expect,
  nextLabels,
  open,
  snapshot,
  test,
} from "./fixtures.ts";

const { args, ...options } = launch({ webgpu: false });
test.use({
  launchOptions: {
    ...options,
    args: [
      ...args,
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  },
});

declare global {
  interface Window {
    /** Every track of every camera that was opened. */
    tracks: MediaStreamTrack[];
  }
}

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    window.tracks = [];
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      window.tracks.push(...stream.getTracks());
      return stream;
    };
  });
  await open(page);
  await drawer(page, "Images");
});

const states = (page: Page) =>
  page.evaluate(() => window.tracks.map(({ readyState }) => readyState));

async function film(page: Page): Promise<void> {
  await button(page, "Webcam").click();
  await expect(page.getByLabel("What the camera sees")).toBeVisible();
  expect(await states(page)).toEqual(["live"]);
}

test("a burst is as many images of a label, and the camera ends with it", async ({
  page,
}) => {
  await film(page);
  await page.getByLabel("Label", { exact: true }).fill("hand");
  await page.getByLabel("Pictures", { exact: true }).fill("9");
  await page.getByLabel("How fast").selectOption("10 a second");
  await button(page, "Take 9 pictures").click();
  await expect(page.getByText("9 pictures taken as “hand”.")).toBeVisible();
  await expect.poll(async () => (await snapshot(page)).images).toBe(9);
  expect(await states(page)).toEqual(["ended"]);
  // A second label, and both colour and score.
  await button(page, "Take more").click();
  await expect(page.getByLabel("Label", { exact: true })).toHaveValue(
    "label 2",
  );
  await page.getByLabel("How fast").selectOption("10 a second");
  const labels = nextLabels(page);
  await button(page, "Take 9 pictures").click();
  expect(await labels).toEqual({ hand: 9, "label 2": 9 });
  expect(await states(page)).toEqual(["ended", "ended"]);
  await expect(button(page, "Play")).toBeEnabled();
});

test("a burst that is stopped keeps what was taken", async ({ page }) => {
  await film(page);
  await page.getByLabel("How fast").selectOption("10 a second");
  await button(page, "Take 30 pictures").click();
  await expect(page.getByText(/^[2-9] of 30$/)).toBeVisible();
  await button(page, "Stop").click();
  expect(await states(page)).toEqual(["ended"]);
  await expect(page.getByText(/pictures taken as “label 1”/)).toBeVisible();
  await expect.poll(async () => (await snapshot(page)).images).toBeLessThan(30);
});

test("the camera ends when it is closed, with the page, and with its drawer", async ({
  page,
}) => {
  await film(page);
  await button(page, "Close the camera").click();
  expect(await states(page)).toEqual(["ended"]);
  await expect(page.getByLabel("What the camera sees")).toHaveCount(0);
  await button(page, "Webcam").click();
  await expect(page.getByLabel("What the camera sees")).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
  expect(await states(page)).toEqual(["ended", "ended"]);
  await button(page, "Try again").click();
  await expect(page.getByLabel("What the camera sees")).toBeVisible();
  // Nor does it go on out of sight.
  await page.keyboard.press("Escape");
  await expect.poll(() => states(page)).toEqual(["ended", "ended", "ended"]);
});

test("a camera that goes away is said, and can be asked for again", async ({
  page,
}) => {
  await film(page);
  await page.evaluate(() => {
    for (const track of window.tracks) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
  });
  await expect(
    page.getByText("The camera has been switched off."),
  ).toBeVisible();
  await button(page, "Try again").click();
  await expect(page.getByLabel("What the camera sees")).toBeVisible();
});

for (const [name, sentence] of Object.entries({
  NotAllowedError: /The camera was not allowed/,
  NotFoundError: /No camera was found/,
  NotReadableError: /another program may be using it/,
})) {
  test(`${name} is said in a sentence`, async ({ page }) => {
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("no", name);
      };
    }, name);
    await button(page, "Webcam").click();
    await expect(
      page.getByRole("alert").filter({ hasText: sentence }),
    ).toBeVisible();
    await expect(button(page, "Try again")).toBeVisible();
  });
}

test("a camera that is allowed too late is let go of", async ({ page }) => {
  await page.evaluate(() => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      await new Promise((done) =>
        addEventListener("late", done, { once: true }),
      );
      return stream;
    };
  });
  await button(page, "Webcam").click();
  await expect(page.getByText("Asking for the camera")).toBeVisible();
  await expect.poll(() => states(page)).toEqual(["live"]);
  const part = page.getByRole("group", { name: "Webcam" });
  await part.getByRole("button", { name: "Close" }).click();
  await page.evaluate(() => dispatchEvent(new Event("late")));
  await expect.poll(() => states(page)).toEqual(["ended"]);
});
