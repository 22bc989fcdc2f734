// What a drop holds: one entry that fails is one line, and nothing goes on for ever.
import { expect, test } from "vitest";
import { fromList, fromTransfer, isZip } from "../src/images/files.ts";

type Tree = { [name: string]: Tree | string | null };

/** An entry as browsers tell it: a folder, a file with its contents, or null for what fails. */
function entry(name: string, tree: Tree | string | null, above = ""): any {
  const fullPath = `${above}/${name}`;
  if (typeof tree === "string" || tree === null) {
    return {
      name,
      fullPath,
      isFile: true,
      isDirectory: false,
      file: (done: (file: File) => void, fail: (error: Error) => void) =>
        tree === null
          ? fail(new Error("locked"))
          : done(new File([tree], name)),
    };
  }
  const createReader = () => {
    let all = Object.entries(tree);
    return {
      readEntries(done: (some: any[]) => void, fail: (error: Error) => void) {
        if (name === "broken" && all.length === 0) {
          return fail(new Error("gone"));
        }
        // At most two at a time.
        const some = all.slice(0, 2);
        all = all.slice(2);
        done(some.map(([name, inner]) => entry(name, inner, fullPath)));
      },
    };
  };
  return { name, fullPath, isFile: false, isDirectory: true, createReader };
}

/** A drop of these. */
const dropped = (tree: Tree) =>
  ({
    items: Object.entries(tree).map(([name, inner]) => ({
      kind: "file",
      webkitGetAsEntry: () => entry(name, inner),
    })),
  }) as unknown as DataTransfer;

const names = (all: { name: string }[]) => all.map(({ name }) => name);

test("folders are opened, whatever fails in them", async () => {
  const tree = {
    pets: {
      cats: { "2.png": "2", "1.png": "1", "locked.png": null },
      broken: { "3.png": "3" },
      ".git": { HEAD: "x" },
      ".DS_Store": "x",
    },
    "alone.png": "4",
  };
  const { found, skipped, hidden } = await fromTransfer(dropped(tree));
  expect(names(found)).toEqual([
    "alone.png",
    "pets/broken/3.png",
    "pets/cats/1.png",
    "pets/cats/2.png",
  ]);
  expect(skipped).toEqual([
    { name: "pets/cats/locked.png", reason: expect.any(String) },
    { name: "pets/broken", reason: expect.any(String) },
  ]);
  expect(hidden).toEqual(["pets/.git", "pets/.DS_Store"]);
});

test("what has a name that is no text is one line, and is not opened", async () => {
  const pets: Tree = { "1.png": "1", "2.png": "2" };
  pets[""] = pets;
  const { found, skipped } = await fromTransfer(dropped({ pets }));
  expect(names(found)).toEqual(["pets/1.png", "pets/2.png"]);
  expect(skipped).toEqual([
    { name: "pets/", reason: expect.stringContaining("name") },
  ]);
});

test("a link that leads in a circle is left at its second round", async () => {
  const pets: Tree = { "1.png": "1", cats: { "2.png": "2" } };
  pets["all"] = pets;
  const { found, skipped } = await fromTransfer(dropped({ pets }));
  expect(names(found)).toEqual(["pets/1.png", "pets/cats/2.png"]);
  expect(names(skipped)).toEqual(["pets/all"]);
  // Without anything else in it there is nothing to know it by but its depth.
  const deep: Tree = {};
  deep["deep"] = deep;
  const { skipped: deepest } = await fromTransfer(dropped({ deep }));
  expect(deepest).toHaveLength(1);
});

test("names are text, and shortcuts are no pictures", async () => {
  const { found, skipped } = fromList([
    new File(["1"], "half \ud800 of a letter.png"),
    new File(["2"], "whole \ud83d\ude00 one.png"),
    new File(["3"], "cafe\u0301.png"),
    new File(["4"], "cat.webloc"),
  ]);
  expect(names(found)).toEqual([
    "half \ufffd of a letter.png",
    "whole \ud83d\ude00 one.png",
    "caf\u00e9.png",
  ]);
  expect(names(skipped)).toEqual(["cat.webloc"]);
});

test("whoever is no longer wanted looks no further", async () => {
  const tree: Tree = {};
  for (let i = 0; i < 50; i++) tree[`${i}`] = { "1.png": "1" };
  const seen: number[] = [];
  const tell = (found: number) => seen.push(found) < 5;
  const { found } = await fromTransfer(dropped({ tree }), tell);
  expect(found.length).toBeLessThan(10);
});

test("a zip is opened if it comes by itself", () => {
  const file = new File([], "x");
  expect(isZip({ name: "Photos.ZIP", file })).toBe(true);
  expect(isZip({ name: "photos/more.zip", file })).toBe(false);
  expect(isZip({ name: "._photos.zip", file })).toBe(false);
  expect(isZip({ name: "in a zip.zip", file, entry: 3 })).toBe(false);
});
