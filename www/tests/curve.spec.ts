// What curves are drawn from, and copied as.
import { expect, test } from "vitest";
import { spaced, table, type Line } from "../src/lib/curve.ts";
import { Series } from "../src/lib/series.ts";
import { asText } from "../src/views/curves/lines.ts";

const plain = { smoothing: 0, log: false, level: [] };

function line(points: [number, number][], column = "total"): Line {
  const series = new Series();
  for (const [step, value] of points) series.push(step, { [column]: value });
  return { series, column, label: column, colour: "#000", dash: [] };
}

test("runs of other steps stand on common steps, with nothing where they have none", () => {
  const a = line([
    [1, 5],
    [2, 4],
  ]);
  const b = line([
    [2, 7],
    [4, 6],
  ]);
  expect(table([a, b], plain)).toEqual([
    [1, 2, 4],
    [5, 4, null],
    [null, 7, 6],
  ]);
});

test("smoothed lines come after their raw ones, and levels last", () => {
  const a = line([
    [1, 4],
    [2, 0],
  ]);
  const level = [{ label: "", colour: "", dash: [], value: 3 }];
  expect(table([a], { smoothing: 0.5, log: false, level })).toEqual([
    [1, 2],
    [4, 0],
    [4, 2],
    [3, 3],
  ]);
});

test("by factors, what is not above nought is left out", () => {
  const a = line([
    [1, 0.5],
    [2, 0],
    [3, -1],
  ]);
  expect(table([a], { ...plain, log: true })[1]).toEqual([0.5, null, null]);
  expect(table([a], plain)[1]).toEqual([0.5, 0, -1]);
});

test("a term that has no values yet is empty, and not misplaced", () => {
  const a = line([[1, 2]]);
  const none = { ...a, column: "unknown" };
  expect(table([a, none], plain)).toEqual([[1], [2], [null]]);
});

test("a table of many steps has fifty, the first and the last among them", () => {
  const places = spaced(1000, 50);
  expect(places).toHaveLength(50);
  expect([places[0], places.at(-1)]).toEqual([0, 999]);
  expect(new Set(places).size).toBe(50);
  expect(spaced(3, 50)).toEqual([0, 1, 2]);
});

test("it is copied with tabs, a gap as nothing", () => {
  const rows = [{ step: 1, values: [0.5, null] }];
  expect(asText(["total", "B"], rows)).toBe("step\ttotal\tB\n1\t0.5\t");
});
