// The two runs of the page, and what they share.
import { Client } from "../core/client.ts";
import { threadCount } from "../core/cores.ts";
import type { Settings } from "../protocol.ts";
import * as address from "./address.ts";
import { Run } from "./run.svelte.ts";

/** What stands beside A: a baseline, which is free, a kept run, or one that trains at the same time. */
export type Beside = Baseline | "kept" | "live";
export type Baseline = "untrained" | "pixels";

/** Settings that both runs have alike: the same images, batches and draws, on the same device. */
export const SHARED = ["seed", "size", "backend"];

/** Threads of B while both train; A has the others, or one. */
export const threadsOfB = () => Math.max(1, Math.floor(threadCount() / 2));

class Runs {
  readonly a = new Run("a");
  readonly b = new Run("b");
  beside = $state<Beside>("untrained");

  /** What stands there if it is no run. */
  baseline = $derived(
    this.beside === "live" || this.beside === "kept" ? null : this.beside,
  );
  /** Those that train. */
  live = $derived(this.beside === "live" ? [this.a, this.b] : [this.a]);
  /** Whether any of them trains now. */
  running = $derived(this.live.some(({ state }) => state === "running"));
  preparing = $derived(this.live.some(({ preparing }) => preparing));

  /** Called when something else stands beside A, or it differs otherwise. */
  onbeside = (): void => {};

  constructor() {
    for (const run of [this.a, this.b]) run.onchange = () => this.pace();
  }

  /** Two runs have half of the threads each; one alone has all. */
  share(): void {
    const all = threadCount();
    const count =
      this.beside === "live" ? Math.max(1, all - threadsOfB()) : all;
    this.a.send({ type: "threads", count });
    this.pace();
    this.onbeside();
  }

  /** Two runs go on epoch by epoch together: what stands side by side is of the same epoch. */
  pace(): void {
    const able = this.live.filter(
      ({ log, state, dead }) =>
        log.started && !dead && ["running", "paused"].includes(state),
    );
    const least = Math.min(...able.map(({ log }) => log.stepped?.epoch ?? 0));
    for (const run of this.live) {
      run.hold(able.length > 1 && able.includes(run) ? least + 1 : null);
    }
  }
}

export const runs = new Runs();

const { backend } = Object.fromEntries(
  address.read(location.search).settings,
) as Partial<Settings>;
// A core is loaded for the backend that the address asks for.
runs.a.open(new Client(backend ?? "auto"));
