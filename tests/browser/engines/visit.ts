// What every engine must be able to do, described once.
import { readdirSync } from "node:fs";
import { expect, test as base } from "@playwright/test";
import { image, TINY, type Snapshot } from "../fixtures.ts";
import type { Driver } from "./driver.ts";

type Closing = { close(): Promise<void> };

export const test = base.extend<{
  /** Closes something when the test ends, however it ends. */
  keep: <T extends Closing>(one: Promise<T>) => Promise<T>;
}>({
  keep: async ({}, use) => {
    const kept: Closing[] = [];
    await use(async (one) => {
      const opened = await one;
      kept.push(opened);
      return opened;
    });
    for (const one of kept.reverse()) await one.close();
  },
});

const button = (name: string) =>
  `//*[@aria-label="Training"]//button[contains(., "${name}")]`;
/** What opens a drawer, and what closes it. */
const opens = (name: string) =>
  `//button[@popovertarget][starts-with(@aria-label, "${name}") or normalize-space() = "${name}"]`;
const closes = (title: string) =>
  `//*[@role="dialog"][.//h2[normalize-space() = "${title}"]]//button[normalize-space() = "Close"]`;
const METHOD = '//*[@aria-label="Method"]//label[normalize-space()="VICReg"]';
const FILES = '//input[@aria-label="Add images"]';
const FOLDERS = ["cat", "coffee"].map((label) => image(`drop/${label}`));
const IMAGES = FOLDERS.flatMap((folder) =>
  readdirSync(folder).map((name) => `${folder}/${name}`),
);
/** Milliseconds that a state may be waited for. */
const PATIENCE = 180_000;

/** Said by a browser that has no file system for pages, and costs nothing else. */
const NO_FILES = /lets the page keep nothing.*It has no files for pages/;

/** What a visitor sees, and what the page tells tests. Runs in the page. */
function look() {
  const texts = (selector: string) =>
    [...document.querySelectorAll<HTMLElement>(selector)].map((element) =>
      element.innerText.replace(/\s+/g, " ").trim(),
    );
  return {
    isolated: crossOriginIsolated,
    device: texts('[aria-label="Speed of A"]').join(" "),
    playable: [
      ...document.querySelectorAll<HTMLButtonElement>(
        '[aria-label="Training"] button:enabled',
      ),
    ].some(({ innerText }) => innerText.includes("Play")),
    wrong: [
      ...texts('[role="alert"]').filter((text) => text !== ""),
      ...texts('[aria-label="Notices"] li.wrong'),
    ],
    troubles: window.troubles,
    // A script that throws while it loads leaves the page without.
    snapshot: window.twoviews?.snapshot() as Snapshot | undefined,
  };
}

type Seen = ReturnType<typeof look> & { snapshot: Snapshot };

/** Waits for a state of the page; fails at once if anything goes wrong on it. */
async function until(
  driver: Driver,
  what: string,
  reached: (seen: Seen) => boolean,
): Promise<Seen> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const seen = await driver.evaluate(look);
    const { troubles, snapshot } = seen;
    const wrong = seen.wrong.filter((text) => !NO_FILES.test(text));
    const { error = null, skipped = [] } = snapshot ?? {};
    expect({ error, skipped, troubles, wrong }, `before ${what}`).toEqual({
      error: null,
      skipped: [],
      troubles: [],
      wrong: [],
    });
    if (snapshot && reached({ ...seen, snapshot })) {
      return { ...seen, snapshot };
    }
    if (Date.now() > end) {
      throw new Error(`waited for ${what}; the page: ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Plays until a run has made steps, with a term that its method alone has, then pauses. */
async function train(
  driver: Driver,
  steps: number,
  term: string,
): Promise<Seen> {
  await until(driver, "Play", ({ playable }) => playable);
  await driver.click(button("Play"));
  await until(
    driver,
    `${steps} steps`,
    ({ snapshot: { step, loss } }) =>
      step >= steps && loss !== null && term in loss.terms,
  );
  await driver.click(button("Pause"));
  const seen = await until(
    driver,
    "a pause",
    ({ snapshot }) => snapshot.state === "paused",
  );
  expect(Number.isFinite(seen.snapshot.loss?.total)).toBe(true);
  return seen;
}

/** Opens the page, trains two methods, adds files and trains on them; nothing may go wrong. */
export async function visit(
  driver: Driver,
  address: string,
  expected: { isolated: boolean; device: RegExp },
): Promise<void> {
  const query = new URLSearchParams(
    Object.entries(TINY).map(([path, value]) => [path, String(value)]),
  );
  // Whatever the machine speaks.
  query.set("lang", "en");
  await driver.open(`${address}?${query}`);
  const opened = await until(
    driver,
    "the built-in set",
    ({ snapshot }) => snapshot.images === TINY["shapes.count"],
  );
  expect(opened.isolated).toBe(expected.isolated);

  await train(driver, 40, "attraction");
  await driver.click(opens("More"));
  await until(driver, "the device", ({ device }) =>
    expected.device.test(device),
  );
  await driver.click(closes("More"));

  await driver.click(opens("Method of A"));
  await driver.click(METHOD);
  await until(driver, "VICReg", ({ snapshot }) => snapshot.method === "vicreg");
  await driver.click(closes("Method of A"));
  await train(driver, 5, "covariance");

  await driver.click(opens("Images"));
  await driver.setFiles(FILES, IMAGES);
  await driver.click(closes("Images"));
  await until(
    driver,
    "the files",
    // The run on the images before is gone with them.
    ({ snapshot: { images, step } }) => images === IMAGES.length && step === 0,
  );
  await train(driver, 5, "covariance");
}
