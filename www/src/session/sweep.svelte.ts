// A run that is repeated, for other seeds or values of a setting.
import type { DeepPartial, Settings } from "../protocol.ts";
import type { Group } from "./log.svelte.ts";

/** One of the repeats: what it does differently. */
export type Variant = { label: string; settings: DeepPartial<Settings> };

/** Repeats that are under way. */
export type Sweep = {
  group: Group;
  variants: Variant[];
  /** Which of them trains. */
  at: number;
};

class Sweeps {
  now = $state.raw<Sweep | null>(null);
}

export const sweep = new Sweeps();
