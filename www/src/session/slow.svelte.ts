// Slow motion: one step in its stages, each shown when asked for. What the core tells of the step is kept back
// until the stage that makes it.
import type { Event } from "../protocol.ts";

export type Stage = {
  title: string;
  /** What happens in it. */
  text: string;
  /** What of a step is known from it on. */
  shows: readonly Event["type"][];
};

export const stages = (): Stage[] => [
  {
    title: "Views",
    text: "each image of the batch is changed twice, at random.",
    shows: ["views"],
  },
  {
    title: "Networks",
    text: "each view becomes vectors: h, and z of it.",
    shows: [],
  },
  {
    title: "Loss",
    text: "z of all views give one number, the lower the better they fit.",
    shows: ["stepped"],
  },
  {
    title: "Update",
    text: "every weight moves a little, to lower it. The maps follow.",
    shows: ["map", "readings", "verdict"],
  },
];
const ENDS: readonly Event["type"][] = ["failed", "loaded"];
const LAST = 3;

class Slow {
  /** Whether a step is shown in stages. */
  on = $state(false);
  /** The stage that is shown; null between runs. */
  stage = $state<number | null>(null);
  #kept: { from: number; apply: () => void }[] = [];

  turn(on: boolean): void {
    this.on = on;
    this.end();
  }

  /** The next step begins with its first stage. */
  begin(): void {
    this.end();
    if (this.on) this.stage = 0;
  }

  /** Goes to the next stage; false if there is none, and the next step is due. */
  next(): boolean {
    if (this.stage === null || this.stage === LAST) return false;
    this.#go(this.stage + 1);
    return true;
  }

  /** All is shown, as without it. */
  end(): void {
    this.#go(LAST);
    this.stage = null;
  }

  /** Whether it keeps back an event, which `apply` takes in. */
  keeps({ type }: Event, apply: () => void): boolean {
    // What is told of a step that failed, or of images that are gone, waits for nothing.
    if (ENDS.includes(type)) this.end();
    const from = stages().findIndex(({ shows }) => shows.includes(type));
    if (this.stage === null || from <= this.stage) return false;
    this.#kept.push({ from, apply });
    return true;
  }

  #go(stage: number): void {
    this.stage = stage;
    const kept = this.#kept;
    this.#kept = kept.filter(({ from }) => from > stage);
    for (const { from, apply } of kept) if (from <= stage) apply();
  }
}

export const slow = new Slow();
