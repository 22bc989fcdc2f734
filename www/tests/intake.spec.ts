// Images on their way into the core: nothing is told to be there before it is.
import { expect, test } from "vitest";
import type { Answer, Question } from "../src/core/answers.ts";
import type { Found } from "../src/images/files.ts";
import { Intake, type Source } from "../src/images/intake.ts";
import { HIDDEN } from "../src/images/again.ts";
import type { Decoded, Listed } from "../src/images/decoder.ts";
import type { ImageSet, SetCard, Settings, Skipped } from "../src/protocol.ts";

const found = (name: string): Found => ({ name, file: new File([name], name) });
const all = (...found: Found[]) => ({ found, skipped: [], hidden: [] });
const files = (...names: string[]) => all(...names.map(found));
const pixels = { pixels: new Uint8Array(3) };
const SHAPES = { id: "shapes", title: "Shapes", sheet: null } as SetCard;
const PHOTOS = {
  id: "photos",
  title: "Photos",
  sheet: { picture: "x.png", tile: 32 },
} as SetCard;
const LOADED = { type: "loaded" } as Extract<Answer, { type: "loaded" }>;
const REFUSED = {
  type: "refused",
  command: "addImages",
  error: "no",
  path: null,
} as Answer;

/** An intake on ground that notes all, and answers when it is told to. */
function ground() {
  const stages: string[] = [];
  const asked: Question[] = [];
  const answers: ((answer: Answer) => void)[] = [];
  const skipped: Skipped[] = [];
  const taken: Source[] = [];
  const told: string[] = [];
  const compared: string[] = [];
  const read: [number, number][] = [];
  const decoding = new Map<string, (decoded: Decoded) => void>();
  const lists = new Map<string, (list: Listed | { reason: string }) => void>();
  const intake = new Intake({
    settings: () => ({ size: 16 }) as Settings,
    options: () => null,
    fetch: async () => {
      throw new Error("away");
    },
    decode: ({ name }, _, twins) => {
      if (twins.length > 0) compared.push(name);
      return new Promise((done) => decoding.set(name, done));
    },
    list: ({ name }) => new Promise((done) => lists.set(name, done)),
    halt: () => decoding.clear(),
    ask: (command) => {
      asked.push(command);
      return new Promise((done) => answers.push(done));
    },
    show: (stage) => {
      if (stages.at(-1) !== stage.is) stages.push(stage.is);
      if (stage.is === "reading") read.push([stage.done, stage.total]);
    },
    skip: (files) => skipped.push(...files),
    tell: (why) => told.push(why),
    taken: (source) => taken.push(source),
  });
  const settled = () => new Promise((done) => setTimeout(done));
  return {
    intake,
    stages,
    asked,
    skipped,
    taken,
    told,
    /** Files that were compared with what is there. */
    compared,
    /** How many were read, and of how many, at each look. */
    read,
    /** What is in a zip. */
    async list(name: string, list: Partial<Listed> | { reason: string }) {
      const rest = { entries: [], hidden: [], twin: -1 };
      lists.get(name)!("reason" in list ? list : { ...rest, ...list });
      await settled();
    },
    /** What comes of the files that are being read. */
    async decode(all: Record<string, Decoded>) {
      for (const [name, decoded] of Object.entries(all)) {
        decoding.get(name)!(decoded);
      }
      await settled();
    },
    async answer(answer: Answer) {
      answers.shift()!(answer);
      await settled();
    },
    /** What was asked for; of files their names. */
    names: () =>
      asked.map((command) =>
        command.type === "addImages" ? command.names.join(" ") : command.type,
      ),
  };
}

test("files are read, offered in their order, and taken", async () => {
  const { intake, stages, decode, answer, names, taken } = ground();
  intake.add(files("a", "b"));
  await decode({ b: pixels, a: { reason: "broken" } });
  expect(names()).toEqual(["b"]);
  expect(taken).toEqual([]);
  await answer(LOADED);
  expect(taken).toEqual([{ card: null, fresh: true }]);
  expect(stages).toEqual(["reading", "offered", "taken"]);
});

test("files that come while a set is offered follow it, and it is taken first", async () => {
  const { intake, decode, answer, names, taken } = ground();
  void intake.load(SHAPES, true);
  intake.add(files("a"));
  await answer(LOADED);
  expect(taken).toEqual([{ card: SHAPES, fresh: true }]);
  await decode({ a: pixels });
  await answer(LOADED);
  expect(names()).toEqual(["loadSet", "a"]);
  expect(taken).toHaveLength(2);
});

test("files of which none can be used lead to no command", async () => {
  const { intake, stages, decode, asked, skipped, told } = ground();
  intake.add(files("a"));
  await decode({ a: { reason: "broken" } });
  expect(asked).toEqual([]);
  expect(skipped).toEqual([{ name: "a", reason: "broken" }]);
  expect(told).toHaveLength(1);
  expect(stages).toEqual(["reading", "refused"]);
});

test("files that the core refuses are forgotten, and can be added again", async () => {
  const { intake, decode, answer, taken, names, stages } = ground();
  intake.add(files("a"));
  await decode({ a: pixels });
  await answer(REFUSED);
  expect(taken).toEqual([]);
  expect(stages.at(-1)).toBe("refused");
  intake.add(files("a"));
  await decode({ a: pixels });
  expect(names()).toEqual(["a", "a"]);
});

test("files that come while others are offered follow them; what is there is not added twice", async () => {
  const { intake, decode, answer, names, skipped } = ground();
  const [a, b] = [found("a"), found("b")];
  intake.add(all(a));
  await decode({ a: pixels });
  intake.add(all(a, b));
  await answer(LOADED);
  expect(skipped).toEqual([{ name: "a", reason: "already added" }]);
  await decode({ b: pixels });
  expect(names()).toEqual(["a", "b"]);
  await answer(LOADED);
  intake.readAgain();
  await decode({ a: pixels, b: pixels });
  expect(names().at(-1)).toBe("a b");
});

test("files that died with the worker are read again", async () => {
  const { intake, decode, answer, names } = ground();
  intake.add(files("a"));
  await decode({ a: pixels });
  await answer(null);
  await decode({ a: pixels });
  expect(names()).toEqual(["a", "a"]);
});

test("a set takes the place of files, also of those that are being read: all can be added again", async () => {
  const { intake, decode, answer, names, taken } = ground();
  const [a, b] = [found("a"), found("b")];
  intake.add(all(a));
  await decode({ a: pixels });
  await answer(LOADED);
  intake.add(all(b));
  void intake.load(SHAPES, true);
  expect(names()).toEqual(["a", "loadSet"]);
  await answer(LOADED);
  intake.settle({ set: "shapes", names: ["one"] } as ImageSet);
  expect(taken.at(-1)).toEqual({ card: SHAPES, fresh: true });
  intake.add(all(a, b));
  await decode({ a: pixels, b: pixels });
  expect(names().at(-1)).toBe("a b");
});

test("a picture that cannot be fetched is said, and nothing is asked", async () => {
  const { intake, asked, told, stages } = ground();
  await intake.load(PHOTOS, true);
  expect(asked).toEqual([]);
  expect(told[0]).toMatch(/Photos could not be fetched.*away/);
  expect(stages.at(-1)).toBe("refused");
});

test("files are kept of what the core has: neither what is broken nor what is hidden", async () => {
  const { intake, asked, decode, answer } = ground();
  intake.add(files("a", "broken", ".hidden", "b"));
  const [broken, hidden] = [{ reason: "broken" }, { reason: HIDDEN }];
  await decode({ a: pixels, broken, ".hidden": hidden, b: pixels });
  expect(asked).toMatchObject([
    { skipped: [{ name: "broken", reason: "broken" }], ignored: 1 },
  ]);
  await answer(LOADED);
  expect(intake.files.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("images that take the place of others come with their files; what is refused changes nothing", async () => {
  const { intake, decode, answer, names, taken, skipped } = ground();
  const [a, b] = files("a", "b").found;
  intake.add(all(a!, b!));
  await decode({ a: pixels, b: pixels });
  await answer(LOADED);
  const left = { set: null, names: ["x/b"] } as ImageSet;
  const renamed = { ...b!, name: "x/b", from: "b" };
  const refused = intake.replace(left, [renamed], "1 image removed");
  await answer(REFUSED);
  expect(await refused).toBe(false);
  expect(intake.files).toEqual([a, b]);
  const done = intake.replace(left, [renamed], "1 image removed");
  await answer({ type: "configured" } as Answer);
  expect(await done).toBe(true);
  expect(taken.at(-1)).toEqual({
    card: null,
    fresh: false,
    what: "1 image removed",
  });
  expect(names().at(-1)).toBe("restore");
  expect(intake.files).toEqual([renamed]);
  // What is there is known by its first name.
  intake.add(all(b!));
  expect(skipped).toEqual([{ name: "b", reason: "already added" }]);
});

const entries = (...names: string[]) =>
  names.map((name) => ({ name, reason: null }));

test("files of one name, length and time are told apart by what is in them", async () => {
  const { intake, decode, answer, names, compared, skipped } = ground();
  const twin = (text: string): Found => {
    const file = new File([text], "1.bmp", { lastModified: 1 });
    return { name: "1.bmp", file };
  };
  const [first, second] = [twin("cat"), twin("dog")];
  intake.add(all(first));
  await decode({ "1.bmp": pixels });
  await answer(LOADED);
  intake.add(all(second));
  expect(compared).toEqual(["1.bmp"]);
  await decode({ "1.bmp": pixels });
  expect(names()).toEqual(["1.bmp", "1.bmp"]);
  await answer(LOADED);
  expect(intake.files).toEqual([first, second]);
  // The same `File` needs no look.
  intake.add(all(second));
  expect(skipped).toEqual([{ name: "1.bmp", reason: "already added" }]);
});

test("a zip is the files in it, by its name unless they lie in one folder", async () => {
  const { intake, list, decode, answer, names, asked } = ground();
  intake.add(files("loose.png", "pets.zip"));
  await decode({ "loose.png": pixels });
  expect(names(), "what is in the zip is awaited").toEqual([]);
  await list("pets.zip", {
    entries: [
      ...entries("cats/1.png"),
      { name: "dogs/2.png", reason: "it has a password" },
    ],
    hidden: ["Thumbs.db"],
  });
  await decode({ "pets/cats/1.png": pixels });
  expect(asked).toMatchObject([
    {
      names: ["loose.png", "pets/cats/1.png"],
      skipped: [{ name: "pets/dogs/2.png", reason: "it has a password" }],
      ignored: 1,
    },
  ]);
  await answer(LOADED);
  expect(intake.files.map(({ entry }) => entry)).toEqual([undefined, 0]);
  intake.add(files("more.zip"));
  await list("more.zip", { entries: entries("wild/cats/1.png", "wild/2.png") });
  await decode({ "wild/cats/1.png": pixels, "wild/2.png": pixels });
  expect(names().at(-1)).toBe("wild/cats/1.png wild/2.png");
  await answer(LOADED);
  // Read again, a zip is not listed again.
  intake.readAgain();
  await decode({
    "loose.png": pixels,
    "pets/cats/1.png": pixels,
    "wild/cats/1.png": pixels,
    "wild/2.png": pixels,
  });
  expect(names().at(-1)).toBe(
    "loose.png pets/cats/1.png wild/cats/1.png wild/2.png",
  );
});

test("two zips are two folders, in the order in which they came", async () => {
  const { intake, list, decode, names } = ground();
  intake.add(files("cats.zip", "dogs.zip"));
  await list("dogs.zip", { entries: entries("all/1.png") });
  await list("cats.zip", { entries: entries("all/1.png") });
  await decode({ "cats/all/1.png": pixels, "dogs/all/1.png": pixels });
  expect(names()).toEqual(["cats/all/1.png dogs/all/1.png"]);
});

test("a zip that is damaged is one line, and so is one in which there is nothing", async () => {
  const { intake, list, decode, asked, answer } = ground();
  intake.add(files("a", "bad.zip", "empty.zip"));
  await list("bad.zip", { reason: "the zip is cut short" });
  await list("empty.zip", {});
  await decode({ a: pixels });
  expect(asked).toMatchObject([
    {
      names: ["a"],
      skipped: [
        { name: "bad.zip", reason: "the zip is cut short" },
        { name: "empty.zip", reason: expect.stringContaining("no files") },
      ],
    },
  ]);
  await answer(LOADED);
  expect(intake.files.map(({ name }) => name)).toEqual(["a"]);
});

test("of a zip that comes again only what was removed is added", async () => {
  const { intake, list, decode, answer, names } = ground();
  const zip = (): Found => {
    const file = new File(["zip"], "pets.zip", { lastModified: 1 });
    return { name: "pets.zip", file };
  };
  const held = entries("cats/1.png", "dogs/2.png");
  intake.add(all(zip()));
  await list("pets.zip", { entries: held });
  await decode({ "pets/cats/1.png": pixels, "pets/dogs/2.png": pixels });
  await answer(LOADED);
  intake.hold(intake.files.slice(1));
  intake.add(all(zip()));
  await list("pets.zip", { entries: held, twin: 0 });
  await decode({ "pets/cats/1.png": pixels });
  expect(names().at(-1)).toBe("pets/cats/1.png");
  const last = intake.files.length;
  expect(last).toBe(1);
});

test("what cannot be opened is one line among the others, or said if it is all", async () => {
  const { intake, decode, asked, told, skipped } = ground();
  const locked = { name: "locked.png", reason: "it cannot be opened" };
  intake.add({ found: [found("a")], skipped: [locked], hidden: [] });
  await decode({ a: pixels });
  expect(asked[0]).toMatchObject({ names: ["a"], skipped: [locked] });
  const alone = ground();
  alone.intake.add({ found: [], skipped: [locked], hidden: [] });
  expect(alone.skipped).toEqual([locked]);
  expect(alone.told[0]).toMatch(/locked.png: it cannot be opened/);
  expect(alone.intake.busy).toBe(false);
  expect([told, skipped]).toEqual([[], []]);
});

test("reading can be ended with what is read, and goes no further", async () => {
  const { intake, decode, answer, names, stages, taken } = ground();
  intake.add(files("a", "b", "c"));
  await decode({ c: pixels, a: pixels });
  intake.stop();
  expect(names()).toEqual(["a c"]);
  await answer(LOADED);
  expect(intake.files.map(({ name }) => name)).toEqual(["a", "c"]);
  expect(stages).toEqual(["reading", "offered", "taken"]);
  expect(taken).toHaveLength(1);
});

test("squares lie in the order of their files, whichever is read first", async () => {
  const { intake, decode, asked } = ground();
  const shade = (value: number) => ({ pixels: new Uint8Array(3).fill(value) });
  intake.add(files("a", "broken", "c", "d"));
  await decode({ d: shade(4), c: shade(3) });
  await decode({ broken: { reason: "broken" }, a: shade(1) });
  const [command] = asked;
  if (command?.type !== "addImages") throw new Error(command?.type);
  expect(command.names).toEqual(["a", "c", "d"]);
  expect([...command.pixels]).toEqual([1, 1, 1, 3, 3, 3, 4, 4, 4]);
});

test("20,000 files are told of a few times, and in the end whole", async () => {
  const { intake, decode, read } = ground();
  const many = Array.from({ length: 20_000 }, (_, i) => `${i}.png`);
  intake.add(files(...many));
  await decode(Object.fromEntries(many.map((name) => [name, pixels])));
  expect(read.length).toBeLessThan(100);
  expect(read.at(-1)).toEqual([20_000, 20_000]);
});
