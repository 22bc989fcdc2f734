// What is said of an answer: what the learner saw, beside what they guessed and what was measured of the lesson.
import {
  sides,
  type Guess,
  type Lesson,
  type Outcome,
  type Written,
} from "./lessons.ts";
import type { Seen } from "./seen.ts";

/** Which of the two is higher, in words; `past`, of runs that are over. */
function which(outcome: Outcome, lesson: Written, past = false): string {
  const [one, other] = sides(lesson);
  if (outcome === "alike") {
    return past
      ? `${one} and ${other} were alike`
      : `${one} and ${other} are alike`;
  }
  return `${outcome === "a" ? one : other} is higher`;
}

/** The guess that would have been right; null if none is offered. */
const right = (outcome: Outcome, { guesses }: Written): string | null =>
  guesses.find(({ is }) => is === outcome)?.says ?? null;

/** What came out, in the words of the guesses, and whether it was expected; a run that is not the lesson's, with
 * these changed, settles nothing. */
export function told(
  { outcome }: Seen,
  guess: Guess,
  lesson: Written,
  changed: string[] = [],
): string {
  const other = right(outcome, lesson);
  const own = right(guess.is, lesson) ?? guess.says;
  const said =
    guess.is === outcome
      ? `You guessed “${own}”, and so it was.`
      : other
        ? `You guessed “${own}”; it came out as “${other}”.`
        : `You guessed “${own}”; it came out otherwise: ${which(outcome, lesson)}.`;
  const but =
    changed.length > 0
      ? ` But you have changed ${changed.join(", ")}: this is not the lesson’s run.`
      : "";
  return said + but;
}

/** What our runs came to beside that. */
export function beside({ outcome }: Seen, lesson: Lesson): string {
  const { result } = lesson;
  const seeds = result.difference.seeds.length;
  if (outcome === result.outcome)
    return `Over ${seeds} seeds, our runs came out the same.`;
  const says = right(result.outcome, lesson);
  const ours = says
    ? /* @wc-include */ `“${says}”`
    : which(result.outcome, lesson, true);
  return result.outcome === "alike"
    ? `Over ${seeds} seeds, our runs came out otherwise: ${ours}. A single run can differ by chance.`
    : `Over ${seeds} seeds, our runs came out otherwise: ${ours}.`;
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
