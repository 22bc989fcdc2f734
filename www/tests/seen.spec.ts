// What a learner saw, and what is said of it.
import { expect, test } from "vitest";
import type { Measured } from "../src/protocol.ts";
import type { Lesson, Outcome, Written } from "../src/session/lessons.ts";
import { baselines, find, outcome, seen } from "../src/session/seen.ts";
import { beside, told, why } from "../src/session/told.ts";
import { writeSpread } from "../src/views/scores/write.ts";

const measured = (id: string, part: string | null, h: number): Measured => ({
  id,
  part,
  h,
  z: h / 2,
  untrained: h / 4,
  untrainedZ: null,
  pixels: null,
  chance: null,
  missing: null,
});
const VALUES = [
  measured("score", "kind", 0.8),
  measured("score", "colour", 0.4),
  measured("rank", null, 7),
];

type Answer = Written["answer"];
const asks = (answer: Partial<Answer>, is?: "untrained") => ({
  answer: { reading: "score", a: "h", b: "h", clear: 0.1, ...answer } as Answer,
  b: { name: "other", is },
});

test("a reading is found by its part, or else the first of its id", () => {
  expect(find(VALUES, asks({}))?.h).toBe(0.8);
  expect(find(VALUES, asks({ part: "colour" }))?.h).toBe(0.4);
  expect(find(VALUES, asks({ reading: "none" }))).toBe(undefined);
  expect(find(undefined, asks({}))).toBe(undefined);
});

test("two runs are read each, and one that stands alone twice", () => {
  const other = [measured("score", "kind", 0.5)];
  expect(seen(asks({}), VALUES, other)).toEqual({
    a: 0.8,
    b: 0.5,
    outcome: "a",
  });
  expect(
    seen(asks({ b: "untrained" }, "untrained"), VALUES, undefined),
  ).toEqual({ a: 0.8, b: 0.2, outcome: "a" });
  expect(seen(asks({ b: "z" }, "untrained"), VALUES, other)?.b).toBe(0.4);
});

test("nothing is said as long as one of both is not known", () => {
  expect(seen(asks({}), VALUES, undefined)).toBe(null);
  expect(seen(asks({}), undefined, VALUES)).toBe(null);
  expect(seen(asks({ a: "pixels" }), VALUES, VALUES)).toBe(null);
  const broken = [measured("score", "kind", NaN)];
  expect(seen(asks({}), VALUES, broken)).toBe(null);
});

test("a number is told with what it would be without training, and by chance", () => {
  const own = { ...VALUES[0]!, untrainedZ: 0.1, pixels: 0.3, chance: 0.05 };
  const of = (answer: Partial<Answer>) =>
    Object.fromEntries(
      baselines(asks(answer), own).map(({ of, is }) => [of, is]),
    );
  expect(of({})).toEqual({ untrained: 0.2, pixels: 0.3, chance: 0.05 });
  expect(of({ a: "z", b: "z" })).toEqual({ untrained: 0.1, chance: 0.05 });
  // What is itself compared is not told twice; of two kinds of vectors nothing is both's.
  expect(of({ b: "untrained" })).toEqual({ pixels: 0.3, chance: 0.05 });
  expect(of({ b: "z" })).toEqual({ chance: 0.05 });
});

test("they differ from that difference on that counts", () => {
  expect(outcome(0.1, 0.1)).toBe("a");
  expect(outcome(-0.1, 0.1)).toBe("b");
  expect(outcome(0.09, 0.1)).toBe("alike");
  expect(outcome(-0.09, 0.1)).toBe("alike");
});

const lesson = (ours: Outcome, found: Outcome = ours): Lesson =>
  ({
    ...asks({}),
    a: { name: "one" },
    guesses: [
      { says: "Yes", is: "a" },
      { says: "Alike", is: "alike" },
    ],
    ours: { found, means: "So.", differs: "But." },
    paper: { expects: "a" },
    result: { outcome: ours, difference: { seeds: [1, 2, 3] } },
  }) as unknown as Lesson;
const saw = (outcome: Outcome) => ({ a: 1, b: 0, outcome });

test("what was seen is told beside the guess and beside ours", () => {
  const guess = { says: "Yes", is: "a" as const };
  expect(told(saw("a"), guess, lesson("a"))).toBe(
    "You guessed “Yes”, and so it was.",
  );
  expect(told(saw("alike"), guess, lesson("a"))).toBe(
    "You guessed “Yes”; it came out as “Alike”.",
  );
  // What nobody could guess is told by its letters.
  expect(told(saw("b"), guess, lesson("a"))).toBe(
    "You guessed “Yes”; it came out otherwise: B is higher.",
  );
  expect(told(saw("a"), guess, lesson("a"), ["Epochs"])).toBe(
    "You guessed “Yes”, and so it was. But you have changed Epochs: this is not the lesson’s run.",
  );
  expect(beside(saw("a"), lesson("a"))).toBe(
    "Over 3 seeds, our runs came out the same.",
  );
  expect(beside(saw("b"), lesson("a"))).toContain("otherwise: “Yes”");
  expect(beside(saw("b"), lesson("alike"))).toContain("“Alike”. A single run");
  const vectors = { ...lesson("a"), ...asks({ b: "z" }, "untrained") };
  expect(told(saw("b"), guess, vectors)).toMatch(/: z is higher\.$/);
});

test("only what was measured is explained, and where it differs from the paper's", () => {
  expect(why(lesson("a"))).toEqual({ means: "So.", differs: null });
  expect(why(lesson("b"))).toEqual({ means: "So.", differs: "But." });
  expect(why(lesson("b", "a"))).toEqual({ means: null, differs: null });
});

test("a spread is written to as many places as its mean", () => {
  expect(writeSpread(0.925, 0.012, "share")).toBe("92.5 ± 1.2 %");
  expect(writeSpread(0.6, 0.02, "number")).toBe("0.60 ± 0.02");
  expect(writeSpread(0.615, 0.02, "number")).toBe("0.615 ± 0.020");
  expect(writeSpread(-2.5, 0, "number")).toBe("-2.5 ± 0.0");
  expect(writeSpread(12, 3, "directions")).toBe("12 ± 3");
});
