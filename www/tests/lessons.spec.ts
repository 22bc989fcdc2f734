// Lessons: how their files read, which of them are offered, and what they put into an address.
import { expect, test } from "vitest";
import { read as readAddress } from "../src/session/address.ts";
import { read, WRITTEN } from "../src/session/lesson-files.ts";
import {
  after,
  besideA,
  kind,
  minutes,
  offer,
  ofA,
  papers,
  sides,
  within,
  type Result,
  type Written,
} from "../src/session/lessons.ts";
import { pieces } from "../src/session/prose.ts";
import { reword, type Words } from "../src/session/wording.ts";
import { words } from "../src/views/words.ts";

const READINGS = Object.values(
  import.meta.glob<string>("../../docs/readings.md", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
)[0]!;

const figures = { mean: 0.5, deviation: 0.1, seeds: [0.4, 0.5, 0.6] };
const RESULT: Result = {
  seconds: 30,
  a: figures,
  b: figures,
  difference: figures,
  outcome: "a",
  more: [],
  also: [],
};

const LESSON: Written = {
  order: 1,
  title: "One",
  question: "Is it?",
  about: "{h} is.",
  watch: "Watch {this} of h.",
  set: "drawn",
  guesses: [
    { says: "Yes", is: "a" },
    { says: "No", is: "alike" },
  ],
  common: { "train.epochs": 3, method: "own" },
  a: { name: "with", settings: { "knobs.on": true, "train.batch": 8 } },
  b: { name: "without", settings: { "knobs.on": false, "train.batch": 8 } },
  answer: { reading: "this", a: "h", b: "h", clear: 0.1 },
  paper: {
    claim: "It is.",
    expects: "a",
    title: "T",
    authors: "A",
    year: 2020,
  },
  ours: { found: "a", means: "So." },
  teaching: { students: "Play.", wrong: "Nothing." },
};

const said = import.meta.glob<Record<string, Words>>(
  "../languages/*/lessons.json",
  { import: "default", eager: true },
);
/** All that are written, in every language. */
const ALL = Object.entries(WRITTEN).flatMap(
  ([id, lesson]): [string, Written][] => [
    [id, lesson],
    ...Object.entries(said).map(([path, words]): [string, Written] => [
      `${id}, ${path}`,
      reword(lesson, words[id]),
    ]),
  ],
);

test.each(ALL)("%s can be read at a glance", (_, lesson) => {
  const { question, about, watch, guesses, paper, ours, teaching } = lesson;
  expect(question).toMatch(/\?$/);
  expect(question.length).toBeLessThanOrEqual(80);
  expect(about.length).toBeLessThanOrEqual(160);
  expect(watch.length).toBeLessThanOrEqual(150);
  expect(paper.claim.length).toBeLessThanOrEqual(180);
  expect(ours.means.length).toBeLessThanOrEqual(150);
  expect(ours.differs?.length ?? 0).toBeLessThanOrEqual(220);
  for (const { says } of guesses) expect(says.length).toBeLessThanOrEqual(36);
  for (const note of Object.values(teaching)) {
    expect(note.length).toBeLessThanOrEqual(240);
    expect(note).toMatch(/[.?]$/);
  }
  for (const text of [
    about,
    watch,
    paper.claim,
    ours.means,
    ours.differs ?? ".",
  ]) {
    expect(text).toMatch(/[.?]$/);
  }
  // Which of the guesses came right must be plain.
  expect(new Set(guesses.map(({ is }) => is)).size).toBe(guesses.length);
});

test("lessons name what there is", () => {
  const lessons = Object.values(WRITTEN);
  expect(lessons.length).toBeGreaterThanOrEqual(15);
  const orders = lessons.map(({ order }) => order);
  expect(new Set(orders).size).toBe(orders.length);
  for (const { next, about, watch, ours, answer, also = [] } of lessons) {
    if (next !== undefined) expect(Object.keys(WRITTEN)).toContain(next);
    for (const { reading } of [answer, ...also]) {
      expect(READINGS).toContain(`\n| \`${reading}\` |`);
    }
    for (const piece of [about, watch, ours.means].flatMap(pieces)) {
      if (!("id" in piece) || piece.id in words()) continue;
      expect(READINGS).toContain(`\n| \`${piece.id}\` |`);
    }
  }
});

test("a lesson is offered once it has been measured, in its place", async () => {
  const written = {
    last: { ...LESSON, order: 9 },
    waits: { ...LESSON, order: 2 },
    first: { ...LESSON, next: "last" },
  };
  const offered = offer(written, { last: RESULT, first: RESULT });
  expect(offered.map(({ id }) => id)).toEqual(["first", "last"]);
  expect(after(offered[0]!, offered)?.id).toBe("last");
  expect(after(offered[1]!, offered)).toBe(undefined);
  // One whose next is not offered leads to the one that follows.
  const other = offer(
    { ...written, first: { ...LESSON, next: "waits" } },
    { last: RESULT, first: RESULT },
  );
  expect(after(other[0]!, other)?.id).toBe("last");
  expect(minutes(offered[0]!)).toBe(2);
  expect(minutes({ b: { name: "", is: "pixels" }, result: RESULT })).toBe(1);
  for (const { id } of await read()) expect(Object.keys(WRITTEN)).toContain(id);
});

test("A has what both have and its own, B what differs", () => {
  expect(ofA(LESSON)).toEqual([
    ["train.epochs", 3],
    ["method", "own"],
    ["knobs.on", true],
    ["train.batch", 8],
  ]);
  expect(besideA(LESSON)).toEqual({
    is: "live",
    settings: [["knobs.on", false]],
  });
  const untrained = { ...LESSON, b: { name: "untrained", is: "untrained" } };
  expect(besideA(untrained as Written)).toEqual({
    is: "untrained",
    settings: [],
  });
});

test("what an address names goes before what its lesson has", () => {
  const asked = readAddress(
    "?lesson=one&train.epochs=2&size=16&b.train.batch=4",
  );
  expect(asked.lesson).toBe("one");
  const { set, settings, beside } = within(asked, LESSON);
  expect(set).toBe("drawn");
  expect(Object.fromEntries(settings)).toEqual({
    "train.epochs": "2",
    method: "own",
    "knobs.on": "true",
    "train.batch": "8",
    size: "16",
  });
  expect(beside).toEqual({
    is: "live",
    settings: [
      ["knobs.on", "false"],
      ["train.batch", "4"],
    ],
  });
  const other = within(readAddress("?lesson=one&set=own&b=pixels"), LESSON);
  expect(other.set).toBe("own");
  expect(other.beside).toEqual({ is: "pixels", settings: [] });
});

test("what is compared is two runs, or two kinds of vectors of one", () => {
  const b = { name: "untrained", is: "untrained" as const };
  const of = (a: "h" | "z", other: "h" | "z" | "untrained" | "pixels") => {
    const answer = { ...LESSON.answer, a, b: other };
    return { ...LESSON, b, answer };
  };
  expect([sides(LESSON), kind(LESSON)]).toEqual([["A", "B"], "h"]);
  expect([sides(of("h", "untrained")), kind(of("h", "untrained"))]).toEqual([
    ["A", "B"],
    "h",
  ]);
  expect([sides(of("h", "z")), kind(of("h", "z"))]).toEqual([["h", "z"], null]);
  expect(sides(of("h", "pixels"))).toEqual(["h", "pixels"]);
});

test("prose is told from the ids in it", () => {
  expect(pieces("Watch {one} of h, then {two.three}.")).toEqual([
    { text: "Watch " },
    { id: "one" },
    { text: " of h, then " },
    { id: "two.three" },
    { text: "." },
  ]);
  expect(pieces("{one}")).toEqual([{ id: "one" }]);
  expect(pieces("None, {not closed")).toEqual([{ text: "None, {not closed" }]);
});

test("each paper is listed once, whatever is taken from it", () => {
  const all = papers(Object.values(WRITTEN));
  const titles = all.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  for (const { paper } of Object.values(WRITTEN)) {
    expect(titles).toContain(paper.title);
  }
  expect(all.every(({ place }) => place === undefined)).toBe(true);
});
