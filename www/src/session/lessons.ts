// Lessons: what is written in `lessons/` beside the page, and what `cargo xtask lessons` measured of it.
import type { Value } from "../lib/paths.ts";
import type { Measured } from "../protocol.ts";
import type { Address, Other } from "./address.ts";

/** Which of the two has the higher reading. */
export type Outcome = "a" | "b" | "alike";

/** What a reading can be of. */
export type Of = Exclude<keyof Measured, "id" | "part" | "chance" | "missing">;

export type Variant = {
  name: string;
  /** What stands there instead of a run: of B alone. */
  is?: "untrained" | "pixels";
  settings?: Record<string, NonNullable<Value>>;
};

/** A reading, by its id and the factor or parameter that it is of. */
type Which = { reading: string; part?: string };

/** A lesson as it is written. Prose names settings, readings and methods by ids in braces. */
export type Written = {
  order: number;
  title: string;
  question: string;
  /** What one has to know to guess. */
  about: string;
  /** What to look at while both train. */
  watch: string;
  /** The built-in set. */
  set: string;
  /** Whether images of the learner's own stay, if there are any. */
  own?: boolean;
  show?: string[];
  next?: string;
  guesses: Guess[];
  common?: Variant["settings"];
  a: Variant;
  b: Variant;
  more?: Variant[];
  /** What is read of A and of B, or of A again where B is no run, and from which difference on they differ. */
  answer: Which & { a: Of; b: Of; clear: number };
  also?: (Which & { of: Of })[];
  paper: {
    claim: string;
    expects: Outcome;
    title: string;
    authors: string;
    year: number;
    arxiv?: string;
    place?: string;
  };
  ours: { found: Outcome; means: string; differs?: string };
  /** For whoever teaches with it: what students do, and what goes wrong. */
  teaching: { students: string; wrong: string };
};

/** Mean, standard deviation and each of the seeds. */
export type Figures = { mean: number; deviation: number; seeds: number[] };

/** What was measured. */
export type Result = {
  seconds: number;
  a: Figures;
  b: Figures;
  difference: Figures;
  outcome: Outcome;
  more: Figures[];
  also: (Figures | null)[][];
};

export type Lesson = Written & { id: string; result: Result };

/** What the learner may expect. */
export type Guess = { says: string; is: Outcome };

/** Lessons in their order, but for those without results: those are not offered. */
export function offer(
  written: Record<string, Written>,
  results: Record<string, Result>,
): Lesson[] {
  return Object.entries(written)
    .flatMap(([id, lesson]) => {
      const result = results[id];
      return result ? [{ ...lesson, id, result }] : [];
    })
    .sort((one, other) => one.order - other.order);
}

/** The lesson that follows: the one that is named, or else the next that is offered. */
export function after(lesson: Lesson, all: Lesson[]): Lesson | undefined {
  return (
    all.find(({ id }) => id === lesson.next) ??
    all.find(({ order }) => order > lesson.order)
  );
}

/** The papers that these lessons speak of, each once, by authors and year. What a lesson takes from a place
 * in one is not of the whole. */
export function papers(lessons: Pick<Written, "paper">[]): Written["paper"][] {
  const all = new Map(
    lessons.map(({ paper: { place: _, ...paper } }) => [paper.title, paper]),
  );
  const by = ({ authors, year }: Written["paper"]) => `${authors} ${year}`;
  return [...all.values()].sort((a, b) => by(a).localeCompare(by(b)));
}

/** Minutes that it takes, about: a browser on a laptop takes twice as long as what was measured. */
export function minutes({ b, result }: Pick<Lesson, "b" | "result">): number {
  const runs = b.is ? 1 : 2;
  return Math.max(1, Math.round((2 * runs * result.seconds) / 60));
}

/** What a reading is of, whether before training or after. */
const kindOf = (of: Of): string =>
  ({
    untrained: "h",
    untrainedZ: "z",
    pixels: /* @wc-include */ "pixels",
  })[of as string] ?? of;

/** What is compared: the two runs, or two kinds of vectors of A. */
export function sides({ b, answer }: Written): [string, string] {
  const [one, other] = [kindOf(answer.a), kindOf(answer.b)];
  return b.is && one !== other ? [one, other] : ["A", "B"];
}

/** What is read of both; null where it is two kinds of vectors. */
export function kind({ answer }: Pick<Written, "answer">): string | null {
  const [one, other] = [kindOf(answer.a), kindOf(answer.b)];
  return one === other ? one : null;
}

/** Settings of A. */
export const ofA = ({ common, a }: Written): [string, Value][] =>
  Object.entries({ ...common, ...a.settings });

/** What stands beside A, and what it does differently. */
export const besideA = ({
  a,
  b,
}: Written): { is: string; settings: [string, Value][] } => ({
  is: b.is ?? "live",
  settings: Object.entries(b.settings ?? {}).filter(
    ([path, value]) => a.settings?.[path] !== value,
  ),
});

/** An address with all that its lesson has; what it names itself goes before. */
export function within(asked: Address, lesson: Written): Address {
  const own = besideA(lesson);
  const text = (all: [string, Value][]): [string, string][] =>
    all.map(([path, value]) => [path, `${value}`]);
  const join = (...all: [string, string][]): [string, string][] => [
    ...new Map(all),
  ];
  const beside: Other =
    asked.beside && asked.beside.is !== ""
      ? asked.beside
      : {
          is: own.is,
          settings: join(
            ...text(own.settings),
            ...(asked.beside?.settings ?? []),
          ),
        };
  return {
    ...asked,
    set: asked.set ?? lesson.set,
    settings: join(...text(ofA(lesson)), ...asked.settings),
    beside,
  };
}
