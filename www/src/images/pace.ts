// How fast files are read, by the last seconds: the first ones wait for the decoders.

/** Milliseconds that are looked back. */
const SPAN = 10_000;
/** Milliseconds after which a rate says something. */
const LEAST = 1_500;

export class Pace {
  #looks: { time: number; done: number }[] = [];

  /** Files a second, once that can be told. */
  at(done: number, time = performance.now()): number | null {
    this.#looks.push({ time, done });
    while (this.#looks.length > 2 && time - this.#looks[1]!.time > SPAN) {
      this.#looks.shift();
    }
    const first = this.#looks[0]!;
    const [seconds, many] = [(time - first.time) / 1000, done - first.done];
    return seconds * 1000 >= LEAST && many > 0 ? many / seconds : null;
  }
}
