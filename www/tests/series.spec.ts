// Curves in bounded memory.
import { expect, test } from "vitest";
import { Series, smooth } from "../src/lib/series.ts";

test("a step that is not beyond the last takes back what came after it", () => {
  const series = new Series();
  for (const step of [1, 2, 3]) series.push(step, { total: step });
  series.push(2, { total: 7 });
  expect(series.steps).toEqual([1, 2]);
  expect(series.columns.total).toEqual([1, 7]);
});

test("when full, neighbours are averaged, and later ones by the same stride", () => {
  const series = new Series();
  for (let step = 1; step <= 2050; step++) series.push(step, { total: step });
  expect(series.steps.length).toBe(1025);
  expect(series.steps.slice(0, 2)).toEqual([2, 4]);
  expect(series.columns.total!.slice(0, 2)).toEqual([1.5, 3.5]);
  expect(series.columns.total!.at(-1)).toBe(2049.5);
});

test("a value that comes late has none before", () => {
  const series = new Series();
  series.push(1, { h: 1 });
  series.push(2, { h: 2, z: 5 });
  expect(series.columns).toEqual({ h: [1, 2], z: [NaN, 5] });
});

test("smoothing starts at the first value and passes over gaps", () => {
  expect(smooth([2, 4, NaN, 0], 0.5)).toEqual([2, 3, 3, 1.5]);
  expect(smooth([2, 4], 0)).toEqual([2, 4]);
});
