import { expect, test } from "vitest";
import {
  closer,
  Growth,
  need,
  placing,
  transformOf,
  viewOf,
  WHOLE,
} from "../src/lib/frame.ts";
import { inside } from "../src/lib/polygon.ts";
import { nearest, walk } from "../src/lib/walk.ts";
import { tally } from "../src/views/map/tally.ts";

const points = (...numbers: number[]) => new Float32Array(numbers);

test("a frame is as wide as the untrained map needs, and stays so for a cloud that shrinks", () => {
  const growth = new Growth();
  const run = {};
  expect(growth.take(run, "h", points(2, 0, -1, 1), 2)).toEqual({
    unit: 2,
    units: 1,
  });
  expect(growth.take(run, "h", points(0.1, 0, 0, 0.1), 2).units).toBe(1);
});

test("it grows by rungs, never shrinks in a run, and begins anew with another", () => {
  const growth = new Growth();
  const run = {};
  growth.take(run, "h", points(1, 0), 1);
  expect(growth.take(run, "h", points(1.1, 0), 1).units).toBe(1.25);
  expect(growth.take(run, "h", points(1.2, 0), 1).units).toBe(1.25);
  expect(growth.take(run, "h", points(0, -1.3), 1).units).toBe(1.25 ** 2);
  expect(growth.take(run, "h", points(0.5, 0), 1).units).toBe(1.25 ** 2);
  // The other vector has axes of its own.
  expect(growth.take(run, "z", points(3, 0), 3).units).toBe(1);
  expect(growth.take({}, "h", points(0.5, 0), 1).units).toBe(1);
});

test("without a reach the first points are the measure; points that are all one need none", () => {
  const growth = new Growth();
  const run = {};
  expect(growth.take(run, "h", points(4, 0), undefined).unit).toBe(4);
  expect(growth.take(run, "h", points(1, 0), undefined).unit).toBe(4);
  expect(new Growth().take({}, "h", points(0, 0), 0)).toEqual({
    unit: 1,
    units: 1,
  });
});

test("the half-width that points need is their largest coordinate", () => {
  expect(need(points(1, -3, 2, 0))).toBe(3);
  expect(need(points())).toBe(0);
});

test("the whole frame fits the box with its margin, in the shorter direction", () => {
  const { scale, right, down } = placing([400, 300], 10, 2, WHOLE);
  expect([right, down]).toEqual([200, 150]);
  expect(down - 2 * scale).toBe(10);
});

test("a view is the same on boxes of different sizes", () => {
  const view = { x: 0.3, y: -0.2, k: 3 };
  for (const box of [
    [300, 260],
    [900, 700],
  ] as [number, number][]) {
    const back = viewOf(box, transformOf(box, view));
    for (const axis of ["x", "y", "k"] as const) {
      expect(back[axis]).toBeCloseTo(view[axis], 10);
    }
    // d3's transform of where the origin is unzoomed is where it is zoomed.
    const { x, k } = transformOf(box, view);
    expect(placing(box, 0, 1, view).right).toBeCloseTo(
      (k * box[0]) / 2 + x,
      10,
    );
  }
});

test("zooming in keeps the middle, zooming out ends with all in view", () => {
  expect(closer({ x: 0.2, y: 0.1, k: 2 }, 2)).toEqual({ x: 0.4, y: 0.2, k: 4 });
  expect(closer({ x: 0.2, y: 0.1, k: 2 }, 0.1)).toEqual(WHOLE);
  expect(closer(WHOLE, 1e6).k).toBe(100);
});

test("a place is inside an outline that turns inwards only where it is", () => {
  const horseshoe = [0, 0, 9, 0, 9, 9, 6, 9, 6, 3, 3, 3, 3, 9, 0, 9];
  expect(inside(horseshoe, 1.5, 6)).toBe(true);
  expect(inside(horseshoe, 4.5, 6)).toBe(false);
  expect(inside(horseshoe, 4.5, 1)).toBe(true);
  expect(inside(horseshoe, 12, 1)).toBe(false);
});

test("the nearest point is found within reach, and none beyond", () => {
  const found = points(0, 0, 1, 0, 1, 1);
  expect(nearest(found, 0.9, 0.2, 0.5)).toBe(1);
  expect(nearest(found, 5, 5, 0.5)).toBe(-1);
  expect(nearest(points(), 0, 0, 1)).toBe(-1);
});

test("an arrow walks to the nearest point on its side, and stays where there is none", () => {
  const line = points(0, 0, 1, 0, 2, 0.1);
  expect(walk(line, 0, [1, 0])).toBe(1);
  expect(walk(line, 1, [1, 0])).toBe(2);
  expect(walk(line, 0, [-1, 0])).toBe(0);
});

test("labels are counted, the commonest first", () => {
  const labels = ["cat", "dog", "cat", ""];
  expect(tally([0, 1, 2], (image) => labels[image]!)).toEqual([
    { label: "cat", images: 2 },
    { label: "dog", images: 1 },
  ]);
});
