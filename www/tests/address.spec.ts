// The page's address, read and written.
import { expect, test } from "vitest";
import { parse, read, write } from "../src/session/address.ts";

const DEFAULTS = {
  method: "one",
  seed: 42,
  train: { batch: 32, learningRate: null },
  knobs: { share: true },
};

test("the set, how it is drawn, and settings are told apart", () => {
  const query = "?set=shapes&shapes.count=64&train.batch=16&v=1";
  expect(read(query)).toEqual({
    lesson: null,
    set: "shapes",
    options: [["count", "64"]],
    settings: [["train.batch", "16"]],
    beside: null,
  });
  expect(read("")).toEqual({
    lesson: null,
    set: null,
    options: [],
    settings: [],
    beside: null,
  });
});

test("text becomes a value of the kind that stands there", () => {
  expect(parse(DEFAULTS, "train.batch", "16")).toBe(16);
  expect(parse(DEFAULTS, "train.learningRate", "auto")).toBe(null);
  expect(parse(DEFAULTS, "train.learningRate", "1e-3")).toBe(0.001);
  expect(parse(DEFAULTS, "method", "2")).toBe("2");
  expect(parse(DEFAULTS, "knobs.share", "false")).toBe(false);
  // The core says what is wrong with it.
  expect(parse(DEFAULTS, "seed", "many")).toBe("many");
  expect(parse(DEFAULTS, "seed", "")).toBe("");
  for (const text of ["Infinity", "-Infinity", "NaN", "1e999"]) {
    expect(parse(DEFAULTS, "train.learningRate", text)).toBe(text);
  }
});

test("what is written is read", () => {
  let address = "";
  Object.assign(globalThis, {
    location: { pathname: "/page", hash: "", search: "?show=clicked" },
    history: {
      replaceState: (_: null, __: "", text: string) => (address = text),
    },
  });
  write("emoji", [["count", 64]], [["train.learningRate", null]]);
  expect(read(address)).toEqual({
    lesson: null,
    set: "emoji",
    options: [["count", "64"]],
    settings: [["train.learningRate", "auto"]],
    beside: null,
  });
  // How the page is shown is no part of it, and stays.
  expect(address).toContain("show=clicked");
  write(null, [], [["seed", 7]], { is: "live", settings: [["method", "two"]] });
  expect(read(address)).toMatchObject({
    settings: [["seed", "7"]],
    beside: { is: "live", settings: [["method", "two"]] },
  });
  write(null, [], []);
  expect(address).toBe("?show=clicked");
});
