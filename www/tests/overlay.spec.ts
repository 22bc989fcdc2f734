import { expect, test } from "vitest";
import { overlaid } from "../src/lib/overlay.ts";
import type { Event } from "../src/protocol.ts";

type Map = Extract<Event, { type: "map" }>;

/** A map on which image i lies at (i + by, -i). */
function map(images: number[], by: number, partial: boolean): Map {
  const points = new Float32Array(images.flatMap((i) => [i + by, -i]));
  return {
    type: "map",
    step: by,
    space: "h",
    images,
    partial,
    points: new Uint8Array(points.buffer),
    reach: 2,
    explained: 0.5,
  };
}

const places = ({ points }: Map) => [...new Float32Array(points.buffer)];

test("a partial map moves its own images and leaves the others", () => {
  const shown = overlaid(map([1, 3, 5, 8], 0, false), map([3, 8], 10, true));
  expect(shown.images).toEqual([1, 3, 5, 8]);
  expect(places(shown)).toEqual([1, -1, 13, -3, 5, -5, 18, -8]);
  expect(shown.step).toBe(10);
  // And again, with images that were not there.
  const next = overlaid(shown, map([0, 5], 20, true));
  expect(next.images).toEqual([0, 1, 3, 5, 8]);
  expect(places(next)).toEqual([20, -0, 1, -1, 13, -3, 25, -5, 18, -8]);
});

test("a whole map, the other vectors and a first map stand alone", () => {
  const last = map([1, 3, 5], 0, false);
  for (const now of [
    map([3], 10, false),
    { ...map([3], 10, true), space: "z" as const },
  ]) {
    expect(overlaid(last, now)).toBe(now);
  }
  const first = map([3], 10, true);
  expect(overlaid(null, first)).toBe(first);
});
