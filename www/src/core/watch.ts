// Tells a worker that hangs from one that works. Nothing can be asked of a worker while it computes; but it says
// something after each unit of work, and how long one takes is known, about.

/** Milliseconds between two looks. */
const EVERY = 5_000;
/** Milliseconds of silence that are always granted: a GPU may be compiling. */
const GRANTED = 180_000;
/** How much longer than foreseen, or than the longest pause so far, a unit of work may take. */
const PATIENCE = 20;

export class Watch {
  #timer: ReturnType<typeof setInterval>;
  /** Looks since it was last heard: a clock that jumps while the machine sleeps counts for nothing. */
  #silent = 0;
  #longest = 0;

  /** Calls `hangs` once something that `works` has been silent for too long. `foreseen`: milliseconds of a
   * step, about. */
  constructor(
    works: () => boolean,
    foreseen: () => number,
    hangs: (seconds: number) => void,
  ) {
    this.#timer = setInterval(() => {
      this.#silent = works() ? this.#silent + 1 : 0;
      const most = Math.max(foreseen(), this.#longest) * PATIENCE;
      const silent = this.#silent * EVERY;
      if (silent <= GRANTED + most) return;
      this.end();
      hangs(silent / 1000);
    }, EVERY);
  }

  /** It has said something. */
  heard(): void {
    this.#longest = Math.max(this.#longest, this.#silent * EVERY);
    this.#silent = 0;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
