// A run that is repeated, for other seeds or values of a setting.
import { untrack } from "svelte";
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
  /** Whether the learner has had enough of it. */
  cancelled = $state(false);
}

export const sweep = new Sweeps();

/** Waits until something of the page is so, or until `end` has come: what waits for ever is held for ever. */
export function until(
  is: () => boolean,
  end: Promise<unknown> | null = null,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = $effect.root(() => {
      $effect(() => {
        if (!is()) return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
    void end?.then(() => {
      stop();
      resolve();
    });
  });
}

/** Acts now, and whenever something of what `read` reads has changed. */
export function whenever(read: () => void, act: () => void): void {
  $effect.root(() => {
    $effect(() => {
      read();
      untrack(act);
    });
  });
}
