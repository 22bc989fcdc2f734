// What every test stands on: a page that may not complain or call out, and words for using it.
import { resolve } from "node:path";
import {
  test as base,
  expect,
  type Locator,
  type Page,
  type Worker,
} from "@playwright/test";
import type { Card, Command, Event, Measured } from "../../www/src/protocol.ts";
import { serve, type Host } from "./host.ts";

export { expect };

/** What opens a drawer, by the drawer's name. */
export const DRAWERS = {
  Images: /^Images: /,
  More: "More",
  Lessons: "Lessons",
  Runs: "Runs",
  Share: "Share",
  Pipeline: "Pipeline",
  "Beside A": /^Beside A: /,
  "How the views are made": "Change",
  "Method of A": /^Method of A: /,
  "Method of B": /^Method of B: /,
  "Settings of A": /^Settings of A/,
  "Readings of A": "Readings of A",
  "Loss of A": /^Loss of A, /,
};

/** What can go wrong, of what kind, as `cargo xtask test` counts it. */
const FAULTS = {
  start: "a browser, script or core that lacks, fails or never answers",
  threads: "threads that cannot be had, or die",
  gpu: "a GPU that is refused, fails or is lost",
  memory: "too little memory",
  storage: "storage that is denied, full, damaged, newer, or another tab's",
  save: "a reload, or an end in the middle of a save",
  message: "a message that is broken",
  address: "an address that is broken",
  file: "a file, folder, zip or camera that is unreadable, damaged or stopped",
  session: "a session that cannot be opened, or written to its end",
  intruder: "a script, style or call from elsewhere",
};

/** Notes that the test makes a fault of this kind, or so many of them. */
export function tries(kind: keyof typeof FAULTS, count = 1): void {
  const description = `${count} ${FAULTS[kind]}`;
  test.info().annotations.push({ type: "fault", description });
}

/** Opens a drawer, if it is not; returns it. */
export async function drawer(
  page: Page,
  name: keyof typeof DRAWERS,
): Promise<Locator> {
  const dialog = page.getByRole("dialog", { name, exact: true });
  if (!(await dialog.isVisible())) {
    // Another one may lie over the button.
    const other = page.locator(".sheet:popover-open");
    if (await other.isVisible()) await page.keyboard.press("Escape");
    const button = DRAWERS[name];
    await page
      .getByRole("button", { name: button, exact: typeof button === "string" })
      .first()
      .click();
    await expect(dialog).toBeVisible();
    // What is in it is made once it is open.
    await expect(dialog.locator(".body > *").first()).toBeAttached();
  }
  return dialog;
}

/** What the page says of what computes, and why. */
export async function says(page: Page, what: string | RegExp): Promise<void> {
  const more = await drawer(page, "More");
  await expect(more.getByText(what).first()).toBeVisible();
}

/** What the page tells by itself, until it is put away. */
export const news = (page: Page): Locator =>
  page.getByRole("list", { name: "Notices" });

/** The step of the next checkpoint. */
export const checkpoint = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        window.twoviews.on("checkpoint", ({ step }) => resolve(step));
      }),
  );

/** What `window.twoviews.snapshot()` tells. */
export type Snapshot = {
  state: "empty" | "loaded" | "running" | "paused" | "done" | "failed";
  method: string;
  backend: string;
  seed: number;
  step: number;
  epoch: number;
  epochs: number;
  loss: { total: number; terms: Record<string, number> } | null;
  verdict: {
    collapse: { state: string; sentence: string };
    learned: { state: string; sentence: string };
    next: { label: string }[];
  } | null;
  /** The live readings. */
  readings: Measured[];
  /** Of them, the score; null without labels. */
  knn: Measured | null;
  images: number;
  skipped: { name: string; reason: string }[];
  error: string | null;
};

export type { Card };

/** What these tests use of a row of the table. */
type Row = { label: string; panel: string; method: string | null };

/** A run, as the page hands it out. */
type Handle = {
  send(command: Command): void;
  on<T extends Event["type"]>(
    type: T,
    listener: (event: Extract<Event, { type: T }>) => void,
  ): () => void;
  snapshot(): Snapshot;
};

declare global {
  interface Window {
    twoviews: Handle & { runs: Record<"a" | "b", Handle> };
    /** What the core says of its methods, once `watchCards` was called. */
    cards: Card[];
    /** What the core says can be turned, likewise. */
    table: Row[];
    /** Losses by step, once `recordLosses` was called. */
    losses: Record<number, number>;
  }
}

type Given = {
  tolerated: RegExp | null;
  runs: number;
  host(host: Host): Promise<string>;
};

export const test = base.extend<Given>({
  /** Starts a server of the built page that lives as long as the test; gives its address. */
  host: async ({}, use) => {
    const servers: Awaited<ReturnType<typeof serve>>[] = [];
    await use(async (host) => {
      const server = await serve(host);
      servers.push(server);
      return server.address;
    });
    for (const server of servers) await server.close();
  },
  /** What a test itself makes go wrong. */
  tolerated: [null, { option: true }],
  /** How many runs the page trains at once: each has a worker. */
  runs: [1, { option: true }],
  /** A page whose test fails on any error in its console, and on any request to elsewhere. */
  page: async ({ page, tolerated, runs }, use) => {
    const troubles: string[] = [];
    let origin = "";
    let documents = 0;
    let workers = 0;
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(message.text());
    });
    page.on("pageerror", (error) => troubles.push(String(error)));
    await page.addInitScript(tellViolations);
    page.on("websocket", (socket) => troubles.push(socket.url()));
    page.context().on("request", (request) => {
      const url = new URL(request.url());
      if (request.isNavigationRequest()) {
        origin = url.origin;
        documents++;
      }
      const inside = ["data:", "blob:"].includes(url.protocol);
      if (!inside && url.origin !== origin) troubles.push(url.href);
    });
    page.on("worker", (worker) => {
      // One that has ended has nothing to tell.
      worker.evaluate(tellViolations).catch(() => {});
      if (isTraining(worker)) workers++;
    });
    await use(page);
    // The page outlives a worker's death without an error in the console.
    if (workers > runs * documents) troubles.push("a training worker has died");
    const ours = troubles.filter((trouble) => !tolerated?.test(trouble));
    expect(ours, "errors in the console, requests to elsewhere").toEqual([]);
  },
});

/** Has the console tell of what the page's policy forbids: of workers browsers do not. Runs in both. */
function tellViolations() {
  addEventListener(
    "securitypolicyviolation",
    ({ effectiveDirective, blockedURI }) =>
      console.error(`against ${effectiveDirective}: ${blockedURI}`),
  );
}

/** Whether it is a training worker, and not a further thread of one. */
export const isTraining = (worker: Worker) =>
  /\/worker-[^#]*$/.test(worker.url());

/** A network and a set so small that a step takes milliseconds. */
export const TINY = {
  backend: "cpu",
  size: 16,
  "encoder.width": 4,
  "train.batch": 16,
  "train.epochs": 1000,
  set: "shapes",
  "shapes.count": 64,
};

/** Opens the page with `settings` in its address, and waits for the built-in set. */
export async function open(
  page: Page,
  settings: Record<string, string | number> = TINY,
  at = "./",
): Promise<void> {
  const query = new URLSearchParams(
    Object.entries(settings).map(([path, value]) => [path, String(value)]),
  );
  await page.goto(`${at}?${query}`);
  await expect(button(page, "Play")).toBeEnabled();
}

export const button = (page: Page, name: string) =>
  page.getByRole("button", { name, exact: true });

/** The picture of a run's map. */
export const map = (page: Page, run = "A") =>
  page.getByRole("img", { name: `Embedding map ${run}` });

export const snapshot = (page: Page): Promise<Snapshot> =>
  page.evaluate(() => window.twoviews.snapshot());

export async function untilState(
  page: Page,
  state: Snapshot["state"],
): Promise<void> {
  await expect
    .poll(async () => (await snapshot(page)).state, { timeout: 180_000 })
    .toBe(state);
}

export async function untilStep(
  page: Page,
  step: number,
  timeout = 120_000,
): Promise<void> {
  await expect
    .poll(async () => (await snapshot(page)).step, { timeout })
    .toBeGreaterThanOrEqual(step);
}

/** Plays until a step is done, then pauses; returns what the page then tells. */
export async function train(page: Page, step: number): Promise<Snapshot> {
  await button(page, "Play").click();
  await untilStep(page, step);
  await button(page, "Pause").click();
  await untilState(page, "paused");
  return snapshot(page);
}

/** From the next opening on, the page keeps the cards and the table that the core tells before all else. */
export async function watchCards(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let api: Window["twoviews"];
    Object.defineProperty(window, "twoviews", {
      get: () => api,
      set: (given) => {
        api = given;
        api.on("ready", ({ methods, table }) => {
          window.cards = methods;
          window.table = table;
        });
      },
    });
  });
}

/** The cards of all methods, once `watchCards` was called and the page was opened. */
export const cards = (page: Page): Promise<Card[]> =>
  page.evaluate(() => window.cards);

/** Takes up a method by its radio button. */
export async function choose(page: Page, { id, title }: Card): Promise<void> {
  const method = await drawer(page, "Method of A");
  const radio = method.getByRole("radio", { name: title, exact: true });
  await radio.check({ force: true });
  await expect.poll(async () => (await snapshot(page)).method).toBe(id);
}

/** From here on the page keeps the loss of each step; a new run forgets them. */
export async function recordLosses(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.losses = {};
    window.twoviews.on("started", () => (window.losses = {}));
    window.twoviews.on("stepped", ({ losses }) => {
      for (const { step, total } of losses) window.losses[step] = total;
    });
  });
}

/** The recorded losses, from the first step on. */
export const losses = (page: Page): Promise<number[]> =>
  page.evaluate(() => Object.values(window.losses));

/** The losses of the first steps of a fresh run. */
export async function curve(page: Page, steps: number): Promise<number[]> {
  await recordLosses(page);
  await button(page, "Reset").click();
  // Until the run begins, the page shows the one before, which had its steps.
  await expect
    .poll(async () => (await snapshot(page)).step, { timeout: 120_000 })
    .toBe(0);
  for (let step = 1; step <= steps; step++) {
    await button(page, "Step").click();
    await expect
      .poll(async () => (await snapshot(page)).step, { timeout: 120_000 })
      .toBe(step);
    await untilState(page, "paused");
  }
  const curve = await losses(page);
  expect(curve.length).toBe(steps);
  return curve;
}

/** A file or folder of `tests/images`. */
export const image = (name: string) =>
  resolve(import.meta.dirname, "../images", name);

type Drag = "dragEnter" | "dragOver" | "dragCancel" | "drop";

/** Drops files and folders of this machine on the page, as a hand would. */
export async function drop(
  page: Page,
  paths: string[],
  steps: Drag[] = ["dragEnter", "dragOver", "drop"],
): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of steps) {
    await devtools.send("Input.dispatchDragEvent", {
      type,
      x: 200,
      y: 300,
      data,
    });
  }
  await devtools.detach();
}

/** Classes of the first factor of the images, and how many images each has, at the next load. */
export const nextLabels = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const stop = window.twoviews.on("loaded", ({ images }) => {
          stop();
          const { classes = [], of = [] } = images.factors[0] ?? {};
          const counts: Record<string, number> = {};
          for (const index of of) {
            const name = classes[index];
            counts[name] = (counts[name] ?? 0) + 1;
          }
          resolve(counts);
        });
      }),
  );

/** Of two PNGs, as far as both reach: how many pixels have a colour, and how many differ. */
export async function compare(
  page: Page,
  a: Buffer,
  b: Buffer,
): Promise<{ coloured: [number, number]; differing: number }> {
  const urls = [a, b].map(
    (png) => `data:image/png;base64,${png.toString("base64")}`,
  );
  return page.evaluate(async (urls) => {
    const pictures = await Promise.all(
      urls.map(async (url) => {
        const picture = new Image();
        picture.src = url;
        await picture.decode();
        return picture;
      }),
    );
    // An edge between two pixels may be rounded up once and down once.
    const width = Math.min(...pictures.map((picture) => picture.width));
    const height = Math.min(...pictures.map((picture) => picture.height));
    const pixels = pictures.map((picture) => {
      const context = new OffscreenCanvas(width, height).getContext("2d")!;
      context.drawImage(picture, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      return Array.from({ length: width * height }, (_, i) =>
        data.slice(4 * i, 4 * i + 3),
      );
    });
    const [first, second] = pixels;
    const coloured = pixels.map(
      (all) => all.filter((p) => Math.max(...p) - Math.min(...p) > 60).length,
    ) as [number, number];
    const differing = first.filter((p, i) =>
      p.some((v, c) => v !== second[i][c]),
    );
    return { coloured, differing: differing.length };
  }, urls);
}
