// KaTeX and its fonts: a chunk of its own, which nothing but `tex.ts` loads.
import katex from "katex";
import "katex/dist/katex.min.css";

export const render = (formula: string, displayMode: boolean): string =>
  katex.renderToString(formula, { displayMode, throwOnError: false });
