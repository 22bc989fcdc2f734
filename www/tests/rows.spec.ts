// What the rows of the core's table are to the page.
import { expect, test } from "vitest";
import { groups, isIdle, offers, range } from "../src/views/settings/rows.ts";
import type { Row } from "../src/protocol.ts";

const row = (path: string, more: Partial<Row> = {}): Row => ({
  path,
  method: null,
  panel: "views",
  group: "Blur",
  label: path,
  about: "",
  kind: {
    type: "number",
    min: 0,
    max: 1,
    step: 0.01,
    log: false,
    auto: null,
  },
  unit: "",
  values: "",
  default: 0,
  live: true,
  idle: null,
  ...more,
});
const count = (max: number, offered: number[] = []): Row["kind"] => ({
  type: "count",
  min: 0,
  max,
  log: false,
  offered,
});

test("a panel draws its rows under their headings, in the order of the table", () => {
  const [often, sigma] = [row("often"), row("sigma")];
  const grey = row("grey", { group: "Greyscale" });
  const batch = row("batch", { panel: "run", group: "Run" });
  expect(groups([often, batch, grey, sigma], "views")).toEqual([
    { title: "Blur", rows: [often, sigma] },
    { title: "Greyscale", rows: [grey] },
  ]);
});

test("a setting is idle by the value of another", () => {
  const idle = { path: "blur.probability", values: ["0"], sentence: "" };
  const sigma = row("blur.sigma", { idle });
  expect(isIdle(sigma, { blur: { probability: 0 } })).toBe(true);
  expect(isIdle(sigma, { blur: { probability: 0.5 } })).toBe(false);
  expect(isIdle(sigma, {})).toBe(false);
  expect(isIdle(row("other"), { blur: { probability: 0 } })).toBe(false);
  const off = { path: "knobs.average", values: ["false"], sentence: "" };
  const memory = row("knobs.momentum", { idle: off });
  expect(isIdle(memory, { knobs: { average: false } })).toBe(true);
});

test("values are offered one by one, or lie in a range", () => {
  const size = row("size", { kind: count(96, [16, 32]), unit: "px" });
  expect(offers(size)).toEqual([
    { value: "16", label: "16 px" },
    { value: "32", label: "32 px" },
  ]);
  const batch = row("batch", { kind: count(1024) });
  expect(offers(batch)).toBe(null);
  expect(range(batch.kind)).toMatchObject({ max: 1024, step: 1, whole: true });
  expect(range({ type: "switch" })).toBe(null);
});
