// What a learner saw: the reading that answers, of their own two runs.
import type { Measured, Value } from "../protocol.ts";
import { kind, type Of, type Outcome, type Written } from "./lessons.ts";

export type Seen = { a: number; b: number; outcome: Outcome };

type Asks = Pick<Written, "answer" | "b">;

/** What is read, among these: of that part, or of the first. */
export function find(
  values: readonly Measured[] | undefined,
  { answer: { reading, part } }: Pick<Written, "answer">,
): Measured | undefined {
  return values?.find(
    (value) =>
      value.id === reading && (part === undefined || value.part === part),
  );
}

/** What a number is to be judged by. */
export type Baselines = { of: "untrained" | "pixels" | "chance"; is: number }[];

const finite = (value: Value | null): value is number =>
  typeof value === "number" && Number.isFinite(value);

/** What it is of an untrained network, of pixels and by chance, but for what is itself compared. */
export function baselines(
  lesson: Pick<Written, "answer">,
  { untrained, untrainedZ, pixels, chance }: Measured,
): Baselines {
  const { a, b } = lesson.answer;
  const of = kind(lesson);
  const all = {
    untrained: of === "h" ? untrained : of === "z" ? untrainedZ : null,
    pixels: of === "h" ? pixels : null,
    chance,
  };
  return (["untrained", "pixels", "chance"] as const).flatMap((of) => {
    const is = all[of];
    const compared = [a, b].some((one) => one.startsWith(of));
    return finite(is) && !compared ? [{ of, is }] : [];
  });
}

/** The answer of runs whose readings these are; null while it is not known. `b` counts only where B trains. */
export function seen(
  lesson: Asks,
  a: readonly Measured[] | undefined,
  b: readonly Measured[] | undefined,
): Seen | null {
  const { answer } = lesson;
  const number = (values: typeof a, of: Of) => {
    const value = find(values, lesson)?.[of] ?? null;
    return finite(value) ? value : null;
  };
  const own = number(a, answer.a);
  const other = number(lesson.b.is ? a : b, answer.b);
  if (own === null || other === null) return null;
  return { a: own, b: other, outcome: outcome(own - other, answer.clear) };
}

/** Which of two is higher, by as much as counts. */
export function outcome(difference: number, clear: number): Outcome {
  if (Math.abs(difference) < clear) return "alike";
  return difference > 0 ? "a" : "b";
}
