// What is said of an answer: what the learner saw, beside what they guessed and what was measured of the lesson.
import type { Figures, Guess, Lesson, Outcome } from "./lessons.ts";
import type { Seen } from "./seen.ts";

const HIGHER: Record<Outcome, string> = {
  a: "A is higher",
  b: "B is higher",
  alike: "A and B are alike",
};

/** What came out, and whether it was expected. */
export function told({ outcome }: Seen, guess: Guess): string {
  const as =
    guess.is === outcome
      ? "as you guessed"
      : `where you guessed “${guess.says}”`;
  return `${HIGHER[outcome]}, ${as}.`;
}

/** What our runs came to beside that. */
export function beside({ outcome }: Seen, { result }: Lesson): string {
  const seeds = result.difference.seeds.length;
  if (outcome === result.outcome) return `So it was in our ${seeds} runs.`;
  return result.outcome === "alike"
    ? `In our ${seeds} runs A and B were alike: one run can differ by chance.`
    : `In our ${seeds} runs it was otherwise: ${HIGHER[result.outcome]}.`;
}

/** A mean with its spread, as `write` writes numbers: the unit stands once. */
export function spread(
  { mean, deviation }: Figures,
  write: (value: number) => string,
): string {
  const [whole, own] = [write(mean), write(deviation)];
  const unit = / [^\d]+$/.exec(whole)?.[0] ?? "";
  const bare =
    unit && whole.endsWith(unit) ? whole.slice(0, -unit.length) : whole;
  return `${bare} ± ${own}`;
}

/** Why we think it came out so. Only what was measured is explained. */
export function why({ ours, paper, result }: Lesson): {
  means: string | null;
  differs: string | null;
} {
  const found = ours.found === result.outcome;
  const other = result.outcome !== paper.expects;
  return {
    means: found ? ours.means : null,
    differs: found && other ? (ours.differs ?? null) : null,
  };
}
