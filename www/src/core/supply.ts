// What is known of the cores by now: which there are, and what speaks against one.
import {
  best,
  list,
  whyCpu,
  type Best,
  type Core,
  type Cores,
  type Tool,
} from "./cores.ts";
import type { Backend } from "../protocol.ts";
import { Gone } from "./load.ts";

/** Milliseconds after which to ask again for cores that are still being built. */
const AGAIN = 3_000;

/** What is told of cores: one that could not be built; or that all are of another version. */
export type Supplied = { failed?: Cores["failed"][number]; gone?: true };

export class Supply {
  cores: Cores | null = null;
  /** Why no more threads are tried. */
  broken: string | null = null;
  /** Why `auto` is the CPU, as a core has found in a trial. */
  slower: string | null = null;
  /** The same, as the browser says. */
  #cpu: string | null = null;

  /** Threads of a worker at most. */
  readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Learns what it takes to choose a core for `backend`; whether the cores were not known before. */
  async ask(backend: Backend): Promise<boolean> {
    // Who asks for the CPU waits for no GPU.
    const cpu = backend === "cpu" ? null : whyCpu();
    const cores = this.cores ?? (await list());
    this.#cpu = await cpu;
    const first = this.cores === null;
    this.cores ??= cores;
    return first;
  }

  /** The fastest core for `backend`, once it is known which there are. */
  best(backend: Backend): Best | null {
    const cpu = this.slower ?? this.#cpu;
    const broken =
      this.broken ?? (this.most < 2 ? "the other run has the others" : null);
    return this.cores && best(this.cores, backend, cpu, broken);
  }

  /** Asks which cores there are until all that are being built have come. */
  async *follow(): AsyncGenerator<Supplied> {
    const told = new Set<Core | Tool>();
    for (;;) {
      const { coming, failed } = this.cores!;
      for (const one of failed) {
        if (!told.has(one.core)) yield { failed: one };
        told.add(one.core);
      }
      if (coming.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
      try {
        this.cores = await list();
      } catch (error) {
        if (error instanceof Gone) return yield { gone: true };
        // The server is away: what is in use is here.
        continue;
      }
      yield {};
    }
  }
}
