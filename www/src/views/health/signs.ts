// How the two statements look: an icon, words, and a tone.
import type { IconName } from "../../lib/icons.ts";
import type { CollapseState, Event, LearnedState } from "../../protocol.ts";

export type Sign = {
  icon: IconName;
  /** As the answer to its question. */
  word: string;
  /** By itself. */
  alone: string;
  /** Only a gain is green: not to have collapsed is nothing yet. */
  tone: "good" | "warn" | "bad" | "";
};

const sign = (
  icon: IconName,
  word: string,
  alone: string,
  tone: Sign["tone"] = "",
): Sign => ({ icon, word, alone, tone });

/** Did it collapse? */
export const collapses = (): Record<CollapseState, Sign> => ({
  early: sign("dot", "Not judged yet", "Collapse?"),
  apart: sign("ring", /* @wc-include */ "No", "No collapse"),
  narrow: sign("narrowing", "Drawing together", "Drawing together", "warn"),
  partial: sign("half", "Partly", "Partly collapsed", "bad"),
  collapsed: sign("cross", "Yes", "Collapsed", "bad"),
});

/** Did it learn? */
export const learns = (): Record<LearnedState, Sign> => ({
  unscored: sign("help", "Cannot be scored", "Not scored"),
  early: sign("dot", "Not judged yet", "Learned?"),
  better: sign("check", "Yes", "Learned", "good"),
  belowPixels: sign(
    "triangle",
    "Yes, but pixels do better",
    "Below pixels",
    "warn",
  ),
  same: sign("equal", "No gain", "No gain", "warn"),
  worse: sign("cross", "Worse than untrained", "Worse than untrained", "bad"),
});

type Verdict = Extract<Event, { type: "verdict" }>;

/** A question and its answer; before there is one, why it is asked. */
export function said(of: "collapse" | "learned", verdict: Verdict | null) {
  return of === "collapse"
    ? {
        question: "Did it collapse?",
        sentence:
          verdict?.collapse.sentence ??
          "A network can cheat by mapping all images to one point, or to few directions.",
      }
    : {
        question: "Did it learn?",
        sentence:
          verdict?.learned.sentence ??
          "With labels, it is compared with itself before training and with raw pixels.",
      };
}
