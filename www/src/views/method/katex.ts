// KaTeX and its fonts: a chunk of its own, which nothing but `tex.ts` loads.
import katex from "katex";
import "katex/dist/katex.min.css";
import { trustedTypes } from "../../lib/trusted.ts";

/** The only text of ours that becomes HTML. KaTeX escapes what it is given, and `trust` is off: no link, no
 * picture, no class and no style of a formula's own comes out. */
const createHTML = (formula: string, displayMode = false): string =>
  katex.renderToString(formula, {
    displayMode,
    throwOnError: false,
    trust: false,
  });

// The browser lets through what this makes, and it makes nothing but formulas.
const policy = trustedTypes?.createPolicy("formula", { createHTML });

export const render = (formula: string, displayMode: boolean): string =>
  (policy ?? { createHTML }).createHTML(formula, displayMode);
