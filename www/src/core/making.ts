// A time limit for what a worker cannot limit itself: in Firefox, making a worker inside a worker sometimes
// never returns (1 visit in some 40 there, 29 November 2026), and the worker hears nothing more.

/** Milliseconds for it; some are usual. */
const MAKING = 5_000;
/** How often it is tried. */
const TRIES = 2;

export class Making {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  /** Heeds that a worker is making its threads, or has; calls `stuck` if it never has. */
  heed(making: boolean, stuck: () => void): void {
    clearTimeout(this.#timer);
    if (!making) return;
    this.#timer = setTimeout(() => {
      this.#failures++;
      stuck();
    }, MAKING);
  }

  /** Why it is not tried again, or null. */
  get given(): string | null {
    return this.#failures < TRIES
      ? null
      : `more could not be started: the browser did not make them within ${MAKING / 1000} s`;
  }
}
