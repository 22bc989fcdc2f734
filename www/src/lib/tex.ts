// Formulas, by KaTeX; it is loaded when the first one is shown.

let loading: Promise<typeof import("./katex.ts")> | undefined;

/** LaTeX as HTML, with MathML for those who do not see it. */
export async function tex(formula: string, display: boolean): Promise<string> {
  const { render } = await (loading ??= import("./katex.ts"));
  return render(formula, display);
}

/** Splits text with formulas between `$`: every second piece is a formula. */
export const pieces = (text: string): string[] => text.split("$");
