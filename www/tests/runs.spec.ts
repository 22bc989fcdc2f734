// The table of runs: names, what differs, means, and what makes room.
import { expect, test } from "vitest";
import { spread } from "../src/lib/spread.ts";
import { makeRoom } from "../src/session/kept.svelte.ts";
import { Log } from "../src/session/log.svelte.ts";
import { free, nameOf } from "../src/session/names.ts";
import { key, over, repeats, sorted } from "../src/views/runs/lines.ts";
import { few, numbers } from "../src/views/runs/values.ts";
import { differ } from "../src/views/settings/differ.ts";
import type { Row, Settings } from "../src/protocol.ts";

const none: ReadonlySet<string> = new Set();

test("a run's name is two words that come from what it is", () => {
  expect(nameOf("simclr 42", none)).toMatch(/^[a-z]+ [a-z]+$/);
  expect(nameOf("simclr 42", none)).toBe(nameOf("simclr 42", none));
  expect(nameOf("simclr 42", none)).not.toBe(nameOf("simclr 43", none));
});

test("no two runs have the same name, however many they are", () => {
  const taken = new Set<string>();
  for (let i = 0; i < 300; i++) taken.add(nameOf("the same", taken));
  expect(taken.size).toBe(300);
  // Once all pairs of words are taken.
  const all = { has: (name: string) => name.includes(" ") };
  expect(nameOf("one more", all as ReadonlySet<string>)).toBe("run");
  expect(free("mine", new Set(["mine", "mine 2"]))).toBe("mine 3");
  expect(free("mine", none)).toBe("mine");
});

const row = (path: string, label: string, more: Partial<Row> = {}) =>
  ({
    path,
    label,
    method: null,
    unit: "",
    kind: { type: "number", min: 0, max: 10, step: 0.1, log: false },
    ...more,
  }) as Row;
const TABLE = [
  row("method", "Method", { kind: { type: "choice", options: [] } }),
  row("train.batch", "Batch size", {
    unit: "images",
    kind: { type: "count", min: 2, max: 64, log: true, offered: [] },
  }),
  row("train.rate", "Learning rate"),
  row("knobs.warm", "Temperature", { method: "one", default: 0.5 }),
  row("knobs.stop", "Stop-gradient", {
    method: "two",
    default: true,
    kind: { type: "switch" },
  }),
];
const settings = (method: string, batch: number, knobs: object) =>
  ({
    version: 1,
    method,
    train: { batch, rate: null },
    knobs,
  }) as unknown as Settings;

test("what differs is said by labels, with values as their controls say them", () => {
  const one = settings("one", 16, { warm: 0.5 });
  expect(differ(TABLE, one, one)).toEqual([]);
  expect(differ(TABLE, one, settings("one", 32, { warm: 0.1 }))).toEqual([
    { label: "Batch size", value: "32 images" },
    { label: "Temperature", value: "0.1" },
  ]);
});

test("the knobs of another method differ where they are not as it begins", () => {
  const one = settings("one", 16, { warm: 0.1 });
  const two = (stop: boolean) => settings("two", 16, { stop });
  expect(differ(TABLE, one, two(true))).toEqual([]);
  expect(differ(TABLE, one, two(false))).toEqual([
    { label: "Stop-gradient", value: "off" },
  ]);
});

test("mean and standard deviation are of what is there, by n - 1", () => {
  expect(spread([1, 2, 3, 4])).toEqual({
    count: 4,
    mean: 2.5,
    deviation: Math.sqrt(5 / 3),
  });
  expect(spread([7, null, NaN, undefined])).toEqual({
    count: 1,
    mean: 7,
    deviation: null,
  });
  expect(spread([null])).toBe(null);
});

test("rows are sorted either way, and what is unknown comes last", () => {
  const rows = [2, null, 3, 1];
  const same = (value: number | null) => value;
  expect(sorted(rows, same, "ascending")).toEqual([1, 2, 3, null]);
  expect(sorted(rows, same, "descending")).toEqual([3, 2, 1, null]);
  expect(rows).toEqual([2, null, 3, 1]);
});

/** A log of a run that read `h` of one reading at a step. */
function log(h: number | null): Log {
  const log = new Log();
  const values = [{ id: "knn", h, z: null }];
  log.readings = { type: "readings", step: 7, values } as Log["readings"];
  return log;
}

test("repeats for seeds come to a mean; one that failed is counted apart", () => {
  const seeds = { title: "3 seeds", seeds: true };
  const values = { title: "2 values", seeds: false };
  const logs = [log(0.5), log(0.7), log(0.1), log(0.9), log(0.8)];
  logs.forEach((log, i) => {
    log.group = i < 3 ? seeds : i < 4 ? values : null;
  });
  logs[2]!.error = "The loss is not finite";
  const [found, ...others] = repeats(logs);
  expect(others, "values have no mean").toEqual([]);
  expect(found).toMatchObject({ group: seeds, failed: 1 });
  const mean = over(found!, (log) => key(log, "knn h") as number)!;
  expect(mean.count).toBe(2);
  expect(mean.mean).toBeCloseTo(0.6);
  expect(key(logs[0]!, "knn z")).toBe(null);
});

test("values are read with commas, and refused with a reason", () => {
  const [, batch, rate] = TABLE as [Row, Row, Row];
  expect(numbers(rate, "0.1, 0.5,2  ")).toEqual([0.1, 0.5, 2]);
  expect(numbers(rate, "1, 1.0")).toEqual([1]);
  expect(numbers(rate, "1, many")).toMatch(/numbers only/i);
  expect(numbers(rate, "1, 11")).toBe("11 is not from 0 to 10");
  expect(numbers(batch, "8, 9.5")).toBe("9.5 is no whole number");
  expect([1, 2, 5, 6].map((count) => few(count) === null)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("the oldest give up what they learned first, with images that only they have", () => {
  const present = { pixels: new Uint8Array(100) };
  const other = { pixels: new Uint8Array(30) };
  const logs = [present, present, other, other, present].map((images) => {
    const checkpoint = { bytes: new Uint8Array(10) };
    return { checkpoint, source: { images } } as unknown as Log;
  });
  const whole = () => logs.map(({ checkpoint }) => checkpoint !== null);
  makeRoom(logs, 70, present);
  expect(whole(), "10 + 10 + 10 and 30 + 10").toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
  makeRoom(logs, 65, present);
  expect(whole()).toEqual([true, true, true, false, false]);
  expect(logs[3]!.source).toBe(null);
});
