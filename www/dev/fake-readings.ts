// Made-up readings for the fake worker: names that mean nothing, one of each unit.
import type { Measured, ReadingCard, Unit } from "../src/protocol.ts";

const card = (
  id: string,
  label: string,
  unit: Unit,
  more: Partial<ReadingCard> = {},
): ReadingCard => ({
  id,
  label,
  about: `What ${label} says, in one sentence.`,
  unit,
  better: "high",
  misleads: "It misleads where it is made up.",
  live: true,
  headline: false,
  pixels: false,
  rotation: false,
  source: "nobody",
  cases: [],
  ...more,
});

export const READINGS: ReadingCard[] = [
  card("score", "kNN", "share", { headline: true, pixels: true }),
  card("even", "evenness", "number", { better: null }),
  card("used", "directions in use", "directions"),
  card("still", "directions unused", "directions", { better: "low" }),
  card("fit", "fit", "share", { live: false }),
  card("falls", "falling list", "shares", { live: false, better: null }),
];

/** What a run that is so far `done`, 0 to 1, comes to; `bad`: it has collapsed. */
export function measured(
  done: number,
  bad: boolean,
  parts: string[],
  all: boolean,
): Measured[] {
  return READINGS.filter(({ live }) => all || live).flatMap((card) => {
    const of = { share: parts, shares: null, directions: null, number: null };
    const own = of[card.unit];
    const none = own?.length === 0;
    return (none || !own ? [null] : all ? own : own.slice(0, 1)).map((part) => {
      const at = (done: number) => {
        if (none) return null;
        if (card.unit === "shares") return [0.5, 0.25, 0.125, 0.0625];
        if (card.unit === "share") return 0.42 + 0.5 * done;
        const good = card.unit === "number" ? 0.4 + 0.5 * done : 4 + 30 * done;
        return bad ? good / 20 : good;
      };
      return {
        id: card.id,
        part,
        h: at(done),
        z: at(done * 0.8),
        untrained: at(0),
        untrainedZ: at(0),
        pixels: card.pixels ? at(0.3) : null,
        chance: part === null ? null : 0.125,
        missing: none
          ? "needs labels: put each kind of image in a folder of its own"
          : null,
      };
    });
  });
}
