// Several workers decode what is dropped; the page outlives them, and so does the order of the files.
import { readdirSync } from "node:fs";
import type { Page, Worker } from "@playwright/test";
import {
  drawer,
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
  tries,
} from "./fixtures.ts";
import { late } from "./host.ts";

const NAMES = readdirSync(image("drop"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.includes("."))
  .map((name) => `drop/${name}`)
  .sort();

const isDecoder = (worker: Worker) => worker.url().includes("/decoder-");
const decoders = (page: Page) => page.workers().filter(isDecoder);

/** Has `contents` take the place of `file.arrayBuffer()` in all decode workers to come. */
async function replaceReading(
  page: Page,
  contents: (file: File, read: () => Promise<ArrayBuffer>) => unknown,
): Promise<void> {
  await page.route("**/decoder-*.js", async (route) => {
    const response = await route.fetch();
    const before = `{
      const read = Blob.prototype.arrayBuffer;
      Blob.prototype.arrayBuffer = function () {
        return (${contents})(this, () => read.call(this));
      };
    }`;
    await route.fulfill({ response, body: before + (await response.text()) });
  });
}

// A decoder that starts as a test ends asks for its script when the page is closing.
test.afterEach(({ page }) => page.unrouteAll({ behavior: "ignoreErrors" }));

/** Each file takes long enough for all workers to get some, and no two equally long. */
const slowly = (page: Page) =>
  replaceReading(page, async (file, read) => {
    await new Promise((done) => setTimeout(done, 20 + (file.size % 7) * 20));
    return read();
  });

/** The names of the next images that are the learner's own. */
const ownNames = (page: Page): Promise<string[]> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        window.twoviews.on("loaded", ({ images }) => {
          if (images.set === null && images.names.length > 0) {
            resolve(images.names);
          }
        });
      }),
  );

const reading = (page: Page) =>
  page.getByRole("progressbar", { name: "Images read" });

test("several workers share the files, keep their order, and end", async ({
  page,
}) => {
  await slowly(page);
  const answers = new Map<number, number>();
  await page.exposeFunction("answered", (worker: number) =>
    answers.set(worker, (answers.get(worker) ?? 0) + 1),
  );
  await page.addInitScript(() => {
    let started = 0;
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        if (options?.name !== "decoder") return;
        const mine = ++started;
        this.addEventListener("message", ({ data }) => {
          if (data) (window as any).answered(mine);
        });
      }
    };
  });
  await open(page);
  const names = ownNames(page);
  await drop(page, [image("drop")]);
  await expect(reading(page)).toBeVisible();
  expect(await names).toEqual(NAMES);
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  const counts = [...answers.values()];
  console.log(`    files by worker: ${counts}`);
  expect(counts.length).toBe(Math.min(4, cores));
  expect(counts.reduce((sum, count) => sum + count)).toBe(NAMES.length);
  await expect.poll(() => decoders(page).length).toBe(0);
});

test.describe("a decode worker that runs out of memory", () => {
  test.use({ tolerated: /unreachable/ });

  test("costs only its file", async ({ page }) => {
    tries("memory");
    // More than a wasm's allocator can give.
    await replaceReading(page, (file, read) =>
      file.name === "coffee-3.png" ? new ArrayBuffer(2 ** 31 + 8) : read(),
    );
    await open(page);
    const names = ownNames(page);
    await drop(page, [image("drop")]);
    const lost = "drop/coffee/coffee-3.png";
    expect(await names).toEqual(NAMES.filter((name) => name !== lost));
    const { skipped } = await snapshot(page);
    expect(skipped).toEqual([
      { name: lost, reason: expect.stringMatching(/broke down.*too large/) },
    ]);
    await expect(button(page, "Play")).toBeEnabled();
  });
});

test("a decoder that cannot be loaded is told, file by file", async ({
  page,
}) => {
  tries("file");
  await page.route("**/decoder_bg.wasm", (route) =>
    route.fulfill({ body: "no wasm", contentType: "application/wasm" }),
  );
  await open(page);
  await drop(page, [image("drop/cat")]);
  await expect.poll(async () => (await snapshot(page)).skipped.length).toBe(12);
  const { skipped, images } = await snapshot(page);
  expect(skipped[0].reason).toContain("reload the page");
  expect(images, "the built-in set stays").toBe(64);
  await expect(button(page, "Play")).toBeEnabled();
});

test("files dropped while others are read follow them", async ({ page }) => {
  await slowly(page);
  await open(page);
  const names = ownNames(page);
  await drop(page, [image("drop/rocket")]);
  await expect(reading(page)).toBeVisible();
  await drop(page, [image("drop/cat")]);
  const all = await names;
  expect(all.length).toBe(24);
  expect(all[0]).toBe("rocket/rocket-1.png");
  expect(all[12]).toBe("cat/cat-1.png");
  // None is forgotten.
  const again = ownNames(page);
  await page.evaluate(() =>
    window.twoviews.send({ type: "configure", settings: { size: 24 } }),
  );
  expect(await again).toEqual(all);
});

test("Clear ends the reading", async ({ page }) => {
  tries("file");
  await replaceReading(page, () => new Promise(() => {}));
  await open(page);
  await drop(page, [image("drop")]);
  await expect(reading(page)).toBeVisible();
  const images = await drawer(page, "Images");
  await images.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(reading(page)).toBeHidden();
  await expect.poll(() => decoders(page).length).toBe(0);
  await expect
    .poll(() => snapshot(page))
    .toMatchObject({
      state: "empty",
      images: 0,
      skipped: [],
    });
});

test("a size changed while files are read is the size in the end", async ({
  page,
}) => {
  await slowly(page);
  await open(page);
  const sizes = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const sizes: number[] = [];
        window.twoviews.on("loaded", ({ images }) => {
          if (images.names.length === 0) return;
          sizes.push(images.size);
          if (images.size === 24) resolve(sizes);
        });
      }),
  );
  await drop(page, [image("drop")]);
  await expect(reading(page)).toBeVisible();
  await page.evaluate(() =>
    window.twoviews.send({ type: "configure", settings: { size: 24 } }),
  );
  expect(await sizes).toEqual([16, 24]);
  await expect(button(page, "Play")).toBeEnabled();
  expect((await snapshot(page)).images).toBe(NAMES.length);
});

test.describe("a training worker that dies", () => {
  test.use({ tolerated: /killed by the test|worker has died/ });

  test("meanwhile costs no image", async ({ page }) => {
    tries("file");
    await slowly(page);
    await open(page);
    const names = ownNames(page);
    const training = page.workers().find(isTraining)!;
    await drop(page, [image("drop")]);
    await expect(reading(page)).toBeVisible();
    await training.evaluate(() => {
      setTimeout(() => {
        throw new Error("killed by the test");
      });
    });
    expect(await names).toEqual(NAMES);
    await expect(button(page, "Play")).toBeEnabled();
  });

  test("with their images in hand has them read again", async ({ page }) => {
    tries("file");
    await open(page);
    const training = page.workers().find(isTraining)!;
    // It dies of the images.
    await training.evaluate(() => {
      const obey = self.onmessage!;
      self.onmessage = (event) => {
        if (event.data.type === "addImages") {
          throw new Error("killed by the test");
        }
        obey.call(self, event);
      };
    });
    const names = ownNames(page);
    await drop(page, [image("drop")]);
    await expect(page.getByText(/killed by the test/).first()).toBeVisible();
    expect(await names).toEqual(NAMES);
    await expect(button(page, "Play")).toBeEnabled();
  });
});

test.describe("a decoder that is still being built", () => {
  const NOT_YET = /image decoder is still being built/;

  test("has files wait for it, and says so", async ({ page, host }) => {
    tries("start");
    const { instead, come } = late("decoder");
    await open(page, TINY, await host({ instead }));
    const names = ownNames(page);
    await drop(page, [image("drop")]);
    await expect(news(page)).toContainText(NOT_YET);
    expect((await snapshot(page)).images).toBe(64);
    come();
    expect(await names).toEqual(NAMES);
    await expect(page.getByText(NOT_YET)).toHaveCount(0);
  });

  test("and then cannot be has them refused, and the page trains on", async ({
    page,
    host,
  }) => {
    tries("start");
    const { instead, fail } = late("decoder");
    await open(page, TINY, await host({ instead }));
    await drop(page, [image("drop")]);
    await expect(news(page)).toContainText(NOT_YET);
    fail();
    const said = page.getByText(/image decoder could not be built.*broken by/);
    await expect(said.first()).toBeVisible();
    const refusal = page.getByText(
      /could not be loaded \(it could not be built/,
    );
    await expect(refusal).not.toHaveCount(0);
    await expect(page.getByText(NOT_YET)).toHaveCount(0);
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  });
});
