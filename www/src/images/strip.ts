// Squares on their way into the core, one behind another in one buffer: pixels are what fills a browser's
// memory, so there is no second copy of them.
import type { Bytes } from "../protocol.ts";

/** Most bytes that are set aside before they are needed. A system gives memory only where it is written to. */
const MOST = 2 ** 30;

export class Strip {
  #bytes: Bytes = new Uint8Array();
  #length = 0;

  /** Puts a square behind the others; `likely` so many there will be. Whether there is memory for it. */
  add(square: Bytes, likely: number): boolean {
    const end = this.#length + square.length;
    if (end > this.#bytes.length) {
      const wanted = Math.min(likely * square.length, MOST);
      if (!this.#grow(Math.max(end, wanted, 2 * this.#bytes.length))) {
        return false;
      }
    }
    this.#bytes.set(square, this.#length);
    this.#length = end;
    return true;
  }

  /** All of them, given away. */
  take(): Bytes {
    const all = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array();
    this.#length = 0;
    return all;
  }

  #grow(length: number): boolean {
    try {
      const longer = new Uint8Array(length);
      longer.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = longer;
      return true;
    } catch {
      return false;
    }
  }
}
