import { resolve } from "node:path";

/** The benchmark's own folder. */
export const here = resolve(import.meta.dirname, "..");
export const out = resolve(here, "out");
