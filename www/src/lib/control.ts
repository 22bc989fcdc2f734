// What controls have in common.

/** When a change takes effect: at the next step, at the next start, or at a start that is waited for. */
export type Mark = "live" | "start" | "waits";
