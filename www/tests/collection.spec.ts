// The learner's own images: their labels are folders, and what is left of them is whole.
import { expect, test } from "vitest";
import {
  alone,
  commonFolder,
  folderOf,
  pick,
  relabel,
} from "../src/images/collection.ts";
import type { ImageSet } from "../src/protocol.ts";

const images: ImageSet = {
  set: null,
  size: 1,
  names: ["a/1", "b/2", "b/3"],
  pixels: new Uint8Array([1, 1, 1, 2, 2, 2, 3, 3, 3]),
  factors: [{ name: "label", classes: ["a", "b"], of: [0, 1, 1] }],
};

test("another label is another innermost folder", () => {
  expect(relabel("pets/cats/tom.png", "dogs")).toBe("pets/dogs/tom.png");
  expect(relabel("cats\\tom.png", "dogs")).toBe("dogs/tom.png");
  expect(relabel("./tom.png", "dogs")).toBe("dogs/tom.png");
  expect(relabel("cats/tom.png", " big/dogs ")).toBe("big-dogs/tom.png");
});

test("a label is never a hidden folder, or several", () => {
  expect(folderOf("  ..hidden")).toBe("hidden");
  expect(folderOf("a\\b/c")).toBe("a-b-c");
  expect(folderOf(" . ")).toBe("");
});

test("images are called by the folder in which all lie", () => {
  expect(commonFolder(["flowers/rose/1", "flowers/tulip/2"])).toBe("flowers");
  expect(commonFolder(["rose/1", "tulip/2"])).toBe(null);
  expect(commonFolder(["rose/1", "2"])).toBe(null);
  expect(commonFolder(["1", "1"])).toBe(null);
  expect(commonFolder([])).toBe(null);
});

test("what is left of images keeps names and pixels together", () => {
  const left = pick(images, [2, 0]);
  expect(left.names).toEqual(["b/3", "a/1"]);
  expect([...left.pixels]).toEqual([3, 3, 3, 1, 1, 1]);
  expect(images.names).toHaveLength(3);
});

test("labels of one image are found", () => {
  expect(alone(images)).toEqual(["a"]);
  expect(alone({ ...images, factors: [] })).toEqual([]);
});
