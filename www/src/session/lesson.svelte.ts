// The lesson that is open, and how far the learner is in it.
import { differences, merge, nest, type Value } from "../lib/paths.ts";
import type { Measured, Settings } from "../protocol.ts";
import { ofA, type Guess, type Lesson } from "./lessons.ts";
import type { Log } from "./log.svelte.ts";
import type { Run } from "./run.svelte.ts";
import { runs } from "./runs.svelte.ts";
import { baselines, find, seen, type Baselines, type Seen } from "./seen.ts";
import { session } from "./state.svelte.ts";

/** What stays of the page where a lesson does not say. */
const USUAL = ["views", "clicked", "tools"];

/** Whether a run trains no more, and its last readings are there. */
const isOver = ({ state, log }: Run) =>
  state === "done" && log.step > 0 && log.readings?.step === log.step;

class OpenLesson {
  /** Null while none is open. */
  now = $state.raw<Lesson | null>(null);
  /** All that are offered, once they were asked for. */
  all = $state.raw<Lesson[] | null>(null);
  /** What the learner has committed to. */
  guess = $state.raw<Guess | null>(null);
  /** Whether it was opened on the page, and not by its link: then it has the focus. */
  taken = false;

  /** What stays of the page. */
  shows = $derived(this.now ? (this.now.show ?? USUAL) : null);

  /** Whether all runs are over that the lesson has. */
  over = $derived(
    this.now !== null &&
      runs.live.every(isOver) &&
      (this.now.b.is !== undefined || runs.beside === "live"),
  );

  /** What the learner's own runs came to, once they are over. */
  seen = $derived.by((): Seen | null =>
    this.now && this.over
      ? seen(this.now, this.#values(runs.a.log), this.#values(runs.b.log))
      : null,
  );

  /** What it is of an untrained network, of pixels and by chance, as far as that is known and not itself compared. */
  get baselines(): Baselines {
    const own = this.now && find(this.#values(runs.a.log), this.now);
    return own ? baselines(this.now!, own) : [];
  }

  /** Why what answers cannot be read, in words that follow its name; null if it can, or is still to come. */
  missing = $derived.by((): string | null => {
    if (!this.now || !this.over || this.seen) return null;
    for (const { log } of runs.live) {
      const own = find(this.#values(log), this.now);
      if (own?.missing) return own.missing;
    }
    return null;
  });

  /** Whether it is about the images that are there, whatever they are. */
  own = $derived(this.now?.own === true && session.images?.set === null);

  /** Whether what answers is among the readings that come only when asked for. */
  asks = $derived(
    this.now !== null &&
      this.over &&
      find(runs.a.log.readings?.values, this.now) === undefined,
  );

  /** The settings that A begins with in it. */
  usual(settings: Settings | null): Settings | null {
    if (!this.now || !settings) return settings;
    return ofA(this.now).reduce(
      (all, [path, value]) => merge(all, nest(path, value)),
      settings,
    );
  }

  /** What differs from that. */
  changed(usual: Settings | null, settings: Settings): [string, Value][] {
    return differences(this.usual(usual), settings);
  }

  #values({ readings, evaluated, step }: Log): Measured[] | undefined {
    if (find(readings?.values, this.now!)) return readings?.values;
    return evaluated?.step === step ? evaluated.values : undefined;
  }
}

export const lesson = new OpenLesson();
