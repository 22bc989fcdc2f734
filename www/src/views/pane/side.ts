import type { Run } from "../../session/run.svelte.ts";

/** Where the drawers of a run open: on its side. */
export const sideOf = ({ id }: Run) => (id === "a" ? "left" : "right");
