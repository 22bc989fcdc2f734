// What the loss of a run is drawn as.
import type { At, Level, Line } from "../../lib/curve.ts";
import { dashOf, inks, termColours } from "../../lib/marks.ts";
import type { Card } from "../../protocol.ts";
import type { Log } from "../../session/log.svelte.ts";

/** Another run that is drawn beside. */
export type Other = { name: string; log: Log; colour: string };

/** The total of a run, and each of its terms if there are several. */
export function ownLines(log: Log, card: Card | undefined, dark: boolean) {
  const terms = card?.terms ?? [];
  const colours = termColours(terms.length, dark);
  const line = (
    column: string,
    label: string,
    colour: string,
    i: number,
  ): Line => ({ series: log.losses, column, label, colour, dash: dashOf(i) });
  return [
    line("total", /* @wc-include */ "total", colours.total, 0),
    // One term is the total: one line says it.
    ...(terms.length > 1 ? terms : []).map(({ id, label }, i) =>
      line(id, label, colours.terms[i]!, i + 1),
    ),
  ];
}

/** The totals of others. */
export const otherLines = (others: Other[]): Line[] =>
  others.map(({ name, log, colour }) => ({
    series: log.losses,
    column: "total",
    label: name,
    colour,
    dash: [5, 2],
  }));

/** The loss where embeddings say nothing, as a level. */
export const chanceLevel = (chance: number | null, dark: boolean): Level[] =>
  chance === null
    ? []
    : [
        {
          label: "at chance",
          colour: inks(dark).grey,
          dash: [2, 3],
          value: chance,
        },
      ];

/** Rows as text that a spreadsheet takes. */
export function asText(labels: string[], rows: At[]): string {
  const lines = rows.map(({ step, values }) =>
    [step, ...values.map((value) => value ?? "")].join("\t"),
  );
  return [[/* @wc-include */ "step", ...labels].join("\t"), ...lines].join(
    "\n",
  );
}
