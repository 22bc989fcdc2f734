// What tests of the maps share: their pictures, and maps that no core has sent.
import { expect, type Page } from "@playwright/test";
import type { Event } from "../../www/src/protocol.ts";
import { compare, map, TINY } from "./fixtures.ts";

/** Another method trains beside the first. */
export const TWO = { ...TINY, b: "live", "b.method": "vicreg" };

export const walk = (page: Page, run = "A") =>
  page.getByRole("application", { name: `Walk the embedding map ${run}` });

export const labels = (page: Page) =>
  page.getByRole("list", { name: "Labels" });

/** The picture of a map, once it no longer changes. */
export async function picture(page: Page, run = "A"): Promise<Buffer> {
  const look = () => map(page, run).screenshot({ animations: "disabled" });
  let last = await look();
  await expect(async () => {
    const next = await look();
    const same = next.equals(last);
    last = next;
    expect(same).toBe(true);
  }).toPass({ timeout: 20_000 });
  return last;
}

/** How many pixels of two pictures differ. */
export async function differing(
  page: Page,
  a: Buffer,
  b: Buffer,
): Promise<number> {
  return (await compare(page, a, b)).differing;
}

/** A map of A or B as the test wants it: points by image, and what the untrained map needs. */
export type Told = {
  at: [number, number, number][];
  reach: number;
  run?: "A" | "B";
};

/** Lets `window.tell` show the page a map that no core has sent. */
export async function keepWorker(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const workers: Worker[] = [];
    window.Worker = class extends Worker {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        workers.push(this);
      }
    };
    window.tell = ({ at, reach, run = "A" }: Told) => {
      const points = new Float32Array(at.flatMap(([, x, y]) => [x, y]));
      const data: Event = {
        type: "map",
        step: 1,
        space: "h",
        images: at.map(([image]) => image),
        points: new Uint8Array(points.buffer),
        partial: false,
        explained: 0.5,
        reach,
      };
      const worker = workers["AB".indexOf(run)]!;
      worker.dispatchEvent(new MessageEvent("message", { data }));
    };
    /** The box of what is drawn on map A, in parts of its width and height. */
    window.drawn = () => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        '[aria-label="Embedding map A"] canvas',
      )!;
      const { width, height } = canvas;
      const { data } = canvas
        .getContext("2d")!
        .getImageData(0, 0, width, height);
      let [left, top, right, bottom] = [1, 1, 0, 0];
      for (let i = 3; i < data.length; i += 4) {
        if (data[i] === 0) continue;
        const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
        left = Math.min(left, x / width);
        right = Math.max(right, x / width);
        top = Math.min(top, y / height);
        bottom = Math.max(bottom, y / height);
      }
      return { left, top, right, bottom };
    };
  });
}

declare global {
  interface Window {
    tell(told: Told): void;
    drawn(): { left: number; top: number; right: number; bottom: number };
  }
}

/** Four images at the corners of a square. */
export const square = (half: number, from = 0): Told["at"] => [
  [from, half, half],
  [from + 1, half, -half],
  [from + 2, -half, half],
  [from + 3, -half, -half],
];
