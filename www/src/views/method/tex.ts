// Formulas, by KaTeX; it is loaded when the first one is shown.
import { runs } from "../../session/runs.svelte.ts";

/** Milliseconds that formulas wait for images at most. */
const PATIENCE = 3000;
// The first images first: Play waits for them, and reading KaTeX takes a tenth of a second.
const turn = Promise.race([
  runs.a.client!.next("loaded"),
  new Promise((resolve) => setTimeout(resolve, PATIENCE)),
]);

let loading: Promise<typeof import("./katex.ts")> | undefined;

/** LaTeX as HTML, with MathML for those who do not see it. */
export async function tex(formula: string, display: boolean): Promise<string> {
  await turn;
  const { render } = await (loading ??= import("./katex.ts"));
  return render(formula, display);
}

/** Splits text with formulas between `$`: every second piece is a formula. */
export const pieces = (text: string): string[] => text.split("$");
