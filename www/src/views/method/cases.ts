// Texts of a card that depend on knobs: of several cases the first that holds is said.
import type { Case, Settings } from "../../protocol.ts";

/** The text in force with these knobs; undefined if no case holds. */
export function inForce(
  cases: Case[],
  knobs: Settings["knobs"],
): string | undefined {
  const holds = ({ when }: Case) =>
    when.every(([knob, values]) => values.includes(`${knobs[knob]}`));
  return cases.find(holds)?.text;
}

/** All that is said, one after the other. */
export function together(
  texts: Case[][],
  knobs: Settings["knobs"],
): string | undefined {
  const said = texts.flatMap((cases) => inForce(cases, knobs) ?? []);
  return said.length > 0 ? `${said.join("; ")}.` : undefined;
}
