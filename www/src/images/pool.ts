// Owns the decode workers: starts them when there are files to read, ends them when there are none.
import Decoder from "decode-worker?worker";
import { list, processors } from "../core/cores.ts";
import type { Answer, Cut, Decoded, Listed, Order } from "./decoder.ts";
import type { Found } from "./files.ts";
import type { Files } from "../core/load.ts";

/** Most workers at once: each may hold a large photograph. */
const MOST = 4;

const broke = () =>
  "its decoder broke down on it: the file is damaged, or too large for this browser";
const missing = (reason: string) =>
  `the image decoder could not be loaded (${reason}); reload the page and add it again`;
const unbuilt = () => "it could not be built";

/** Milliseconds after which to ask again for a decoder that is still being built. */
const AGAIN = 1_000;

type Task = { order: Order | Cut; done: (came: Decoded | Listed) => void };

export class Pool {
  #waiting: Task[] = [];
  /** All workers, and what each is at; null while it is being loaded. */
  #workers = new Map<Worker, Task | null>();
  /** What they load. */
  #files: Promise<Files> | null = null;

  /** By which workers know the zip that they have open. */
  #ids = new WeakMap<File, number>();
  #last = 0;

  #waits: () => () => void;

  /** `waits` is called if the decoder is still being built, and what it returns once it is there, or will not be. */
  constructor(waits: () => () => void) {
    this.#waits = waits;
  }

  /**
   * What is in a file, unless that is in one of the twins. Files are begun in the order they come; `clear`
   * leaves them unanswered.
   */
  decode(found: Found, size: number, twins: File[]): Promise<Decoded> {
    const { name, file, entry = null } = found;
    const order = { name, file, id: this.#id(file), entry, size, twins };
    return new Promise((done) => {
      this.#waiting.push({ order, done: done as Task["done"] });
      this.#launch();
    });
  }

  /** What is in a zip, before any file that waits. */
  list(found: Found, twins: File[]): Promise<Listed | { reason: string }> {
    const { name, file } = found;
    const id = this.#id(file);
    const order: Order = { name, file, id, entry: "list", size: 0, twins };
    return new Promise((done) => {
      this.#waiting.unshift({ order, done: done as Task["done"] });
      this.#launch();
    });
  }

  /** What a picture is laid out of. */
  cut(order: Cut): Promise<Decoded> {
    return new Promise((done) => {
      this.#waiting.push({ order, done: done as Task["done"] });
      this.#launch();
    });
  }

  #id(file: File): number {
    const id = this.#ids.get(file) ?? ++this.#last;
    this.#ids.set(file, id);
    return id;
  }

  /** Forgets all files, and ends all workers. */
  clear(): void {
    const left = [...this.#waiting.splice(0), ...this.#workers.values()];
    for (const worker of this.#workers.keys()) this.#end(worker);
    // Who waits for a set is to know that it does not come.
    for (const task of left) {
      if (task && "picture" in task.order) task.done({ reason: "" });
    }
  }

  /** Starts a worker, unless there are enough. */
  #launch(): void {
    const enough = Math.min(MOST, processors());
    if (this.#workers.size >= enough) return;
    const worker = new Decoder({ name: "decoder" });
    this.#workers.set(worker, null);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data && "failed" in data) return this.#lose(worker, data.failed);
      if (data) this.#workers.get(worker)?.done(data);
      this.#employ(worker);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(worker, event.message || "its script is missing");
    };
    this.#files ??= this.#find();
    this.#files.then(
      (files) => worker.postMessage(files),
      (error: Error) => {
        this.#files = null;
        this.#lose(worker, error.message);
      },
    );
  }

  /** The decoder's files, once they are there. */
  async #find(): Promise<Files> {
    let over: (() => void) | null = null;
    try {
      for (;;) {
        const { cores, coming } = await list();
        if (cores.decoder) return cores.decoder;
        if (!coming.includes("decoder")) throw new Error(unbuilt());
        over ??= this.#waits();
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    } finally {
      over?.();
    }
  }

  /** Gives a worker the next file, or ends it. */
  #employ(worker: Worker): void {
    if (!this.#workers.has(worker)) return;
    const task = this.#waiting.shift();
    if (!task) return this.#end(worker);
    this.#workers.set(worker, task);
    worker.postMessage(task.order);
  }

  /** A worker has died: it costs the file that it was at, no other. */
  #lose(worker: Worker, reason: string): void {
    const task = this.#workers.get(worker);
    if (task === undefined) return;
    this.#end(worker);
    if (task) {
      task.done({ reason: broke() });
      if (this.#waiting.length > 0) this.#launch();
    } else if (this.#workers.size === 0) {
      // None could be loaded, and no other would be.
      const decoded = { reason: missing(reason) };
      for (const { done } of this.#waiting.splice(0)) done(decoded);
    }
  }

  #end(worker: Worker): void {
    worker.terminate();
    this.#workers.delete(worker);
  }
}
