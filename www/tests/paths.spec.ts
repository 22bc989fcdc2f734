// Settings by dotted path.
import { expect, test } from "vitest";
import {
  at,
  differences,
  leaves,
  merge,
  nest,
  tidy,
} from "../src/lib/paths.ts";

const TREE = { seed: 42, train: { batch: 32, learningRate: null } };

test("a path names what stands there, or nothing", () => {
  expect(at(TREE, "train.batch")).toBe(32);
  expect(at(TREE, "train.learningRate")).toBe(null);
  expect(at(TREE, "train.batch.more")).toBe(undefined);
  expect(at(null, "seed")).toBe(undefined);
});

test("a path and a value are settings that say one thing", () => {
  expect(nest("train.batch", 8)).toEqual({ train: { batch: 8 } });
  expect(leaves(TREE)).toEqual([
    ["seed", 42],
    ["train.batch", 32],
    ["train.learningRate", null],
  ]);
});

test("a change replaces what it names, and touches neither tree", () => {
  const merged = merge(TREE, { train: { batch: 8 } });
  expect(merged).toEqual({ seed: 42, train: { batch: 8, learningRate: null } });
  expect(TREE.train.batch).toBe(32);
  expect(differences(TREE, merged)).toEqual([["train.batch", 8]]);
  expect(differences(merged, TREE)).toEqual([["train.batch", 32]]);
});

test("single precision is written as it was meant", () => {
  expect(tidy({ a: 0.20000000298, b: 123456789, c: "x" })).toEqual({
    a: 0.2,
    b: 123456789,
    c: "x",
  });
});
