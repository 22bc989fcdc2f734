// Images on their way into the core: nothing is told to be there before it is.
import { expect, test } from "vitest";
import type { Answer, Question } from "../src/core/answers.ts";
import type { Found } from "../src/images/files.ts";
import { Intake, type Source } from "../src/images/intake.ts";
import type {
  Decoded,
  ImageSet,
  SetCard,
  Settings,
  Skipped,
} from "../src/protocol.ts";

const found = (name: string): Found => ({ name, file: new File([name], name) });
const files = (...names: string[]) => names.map(found);
const pixels = { pixels: new Uint8Array(3) };
const SHAPES = { id: "shapes", title: "Shapes", sheet: null } as SetCard;
const PHOTOS = { id: "photos", title: "Photos", sheet: "x.png" } as SetCard;
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
  let names: string[] = [];
  const decoding = new Map<string, (decoded: Decoded) => void>();
  const intake = new Intake({
    settings: () => ({ size: 16 }) as Settings,
    options: () => null,
    fetch: async () => {
      throw new Error("away");
    },
    decode: ({ name }) => new Promise((done) => decoding.set(name, done)),
    halt: () => decoding.clear(),
    ask: (command) => {
      asked.push(command);
      return new Promise((done) => answers.push(done));
    },
    show: ({ is }) => stages.at(-1) !== is && stages.push(is),
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
    /** What comes of the files that are being read. */
    async decode(all: Record<string, Decoded>) {
      for (const [name, decoded] of Object.entries(all)) {
        decoding.get(name)!(decoded);
      }
      await settled();
    },
    /** Images that are taken are told with all that are there by then. */
    async answer(answer: Answer) {
      const command = asked.at(-1)!;
      if (answer === LOADED && command.type === "addImages") {
        const images = command.files.filter(
          ({ name, decoded }) => "pixels" in decoded && !name.startsWith("."),
        );
        names = [...names, ...images.map(({ name }) => name)];
      }
      const images = { set: null, names } as unknown as ImageSet;
      answers.shift()!(answer === LOADED ? { ...LOADED, images } : answer);
      await settled();
    },
    names: () =>
      asked.map((command) =>
        command.type === "addImages"
          ? command.files.map(({ name }) => name).join(" ")
          : command.type,
      ),
  };
}

test("files are read, offered in their order, and taken", async () => {
  const { intake, stages, decode, answer, names, taken } = ground();
  intake.add(files("a", "b"));
  await decode({ b: pixels, a: { reason: "broken" } });
  expect(names()).toEqual(["a b"]);
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
  intake.add([a]);
  await decode({ a: pixels });
  intake.add([a, b]);
  expect(skipped).toEqual([{ name: "a", reason: "already added" }]);
  await answer(LOADED);
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
  intake.add([a]);
  await decode({ a: pixels });
  await answer(LOADED);
  intake.add([b]);
  void intake.load(SHAPES, true);
  expect(names()).toEqual(["a", "loadSet"]);
  await answer(LOADED);
  intake.settle({ set: "shapes", names: ["one"] } as ImageSet);
  expect(taken.at(-1)).toEqual({ card: SHAPES, fresh: true });
  intake.add([a, b]);
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

test("files are kept of what the core has: neither what is broken nor what it passes over", async () => {
  const { intake, decode, answer } = ground();
  intake.add(files("a", "broken", ".hidden", "b"));
  const broken = { reason: "broken" };
  await decode({ a: pixels, broken, ".hidden": pixels, b: pixels });
  await answer(LOADED);
  expect(intake.files.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("images that take the place of others come with their files; what is refused changes nothing", async () => {
  const { intake, decode, answer, names, taken } = ground();
  const [a, b] = files("a", "b");
  intake.add([a!, b!]);
  await decode({ a: pixels, b: pixels });
  await answer(LOADED);
  const left = { set: null, names: ["x/b"] } as ImageSet;
  const renamed = { ...b!, name: "x/b", from: "b" };
  const refused = intake.replace(left, [renamed], "1 image removed");
  await answer(REFUSED);
  expect(await refused).toBe(false);
  expect(intake.files).toEqual([a, b]);
  const done = intake.replace(left, [renamed], "1 image removed");
  // What comes meanwhile follows; what is there is known by its first name.
  intake.add([a!, b!]);
  await answer({ type: "configured" } as Answer);
  expect(await done).toBe(true);
  expect(taken.at(-1)).toEqual({
    card: null,
    fresh: false,
    what: "1 image removed",
  });
  expect(names().at(-1)).toBe("restore");
  expect(intake.files).toEqual([renamed]);
});
