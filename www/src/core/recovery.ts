// What another worker needs to go on where the last one has ended, and when to give up.
import { at, inForce, nest } from "../lib/paths.ts";
import type {
  Backend,
  Bytes,
  Command,
  Event,
  ImageSet,
  Settings,
} from "../protocol.ts";

/** Deaths in a row, without a step beyond the furthest, after which there is no other worker. */
const DEATHS = 3;
/** Milliseconds before each other worker: a server may come back, and memory be freed. */
const PAUSES = [500, 4_000];

/** See `#standing`. */
const STANDING: Command["type"][] = ["watch", "hold", "threads"];

/** What becomes of the training after a death. */
export type Next = {
  /** Whether another worker goes on, and after how many milliseconds. */
  restarts: boolean;
  pause: number;
  /** Whether it computes on the CPU, whatever the settings say. */
  onCpu: boolean;
  /** What its run goes on from; `nothing` if there is no run. */
  from: "nothing" | "beginning" | "snapshot";
  /** The batch with which it begins again, if the last one was too large for the memory. */
  batch: number | null;
};

/** What is known of a worker's session: its events have told it. Never transferred away. */
export class Recovery {
  #images: ImageSet | null = null;
  #settings: Settings | null = null;
  /** Paths of settings that wait for the next start. */
  #pending: string[] = [];
  #startedWith: Settings | null = null;
  /** The settings of the run that is there, or else of the next one. */
  #force: Settings | null = null;
  #checkpoint: Extract<Event, { type: "checkpoint" }> | null = null;
  #step = 0;
  #begun = false;
  /** What a core always obeys, does not answer, and keeps to until it is told otherwise. */
  #standing = new Map<Command["type"], Command>();
  /** Whether the run goes on. */
  running = false;
  #perEpoch = 0;
  /** Seconds of a whole run, as the core foresees, and its steps. */
  #seconds = 0;
  #steps = 0;

  #deaths = 0;
  /** The furthest step at which the present run has died. */
  #deadStep = -1;
  /** Whether the present run is begun anew for want of a checkpoint. */
  #again = false;

  /** Takes in a command. */
  heed(command: Command): void {
    if (STANDING.includes(command.type)) {
      this.#standing.set(command.type, command);
    }
  }

  /** Takes in one event. `restoring`: it tells what was known before. */
  note(event: Event, restoring: boolean): void {
    switch (event.type) {
      case "loaded":
        this.#images = event.images;
        if (!restoring) this.#forget();
        break;
      case "configured":
        this.#settings = event.settings;
        this.#pending = event.pending;
        this.#seconds = event.seconds ?? 0;
        this.#force = inForce(
          this.#force,
          event.settings,
          event.pending,
          this.#startedWith,
        );
        break;
      case "started":
        this.#step = 0;
        this.#perEpoch = event.stepsPerEpoch;
        this.#steps = event.stepsPerEpoch * event.epochs;
        if (!restoring) this.#forget();
        this.#startedWith = this.#force = this.#settings;
        if (restoring) break;
        this.#begun = true;
        // Another run has a chance of its own.
        if (!this.#again) this.#deadStep = -1;
        this.#again = false;
        break;
      case "state":
        if (!restoring) this.running = event.state === "running";
        // Nothing can go on there.
        if (event.state === "failed") this.#forget();
        break;
      case "checkpoint":
        if (this.#begun) this.#checkpoint = event;
        break;
      case "stepped":
        this.#step = event.step;
        if (event.step > this.#deadStep) this.#deaths = 0;
        break;
      case "refused":
        if (restoring && event.command === "restore") this.#forget();
        // The run that was to begin anew for want of a checkpoint does not.
        if (event.command === "start" && this.#again) {
          this.#forget();
          this.#again = this.running = false;
        }
    }
  }

  /** The run of a checkpoint is there: it makes no other at that step. */
  restored(step: number, bytes: Bytes): void {
    this.#checkpoint = { type: "checkpoint", step, bytes };
  }

  /** There is no run to go on with. */
  #forget(): void {
    this.#begun = false;
    this.#checkpoint = null;
    this.#pending = [];
    this.#force = this.#settings;
  }

  /** A worker has died; `short` of memory or of something else. */
  die(short = false): Next {
    const pause = PAUSES[this.#deaths] ?? 0;
    this.#deaths += 1;
    this.#deadStep = Math.max(this.#deadStep, this.#step);
    const from = this.#checkpoint
      ? "snapshot"
      : this.#begun
        ? "beginning"
        : "nothing";
    const batch = short && from === "beginning" ? this.#shrink() : null;
    const restarts = this.#deaths < DEATHS;
    return { restarts, pause, onCpu: this.onCpu, from, batch };
  }

  /** Half of the batch, for a run that nothing has been learned in; null if it cannot be smaller. */
  #shrink(): number | null {
    const now = this.#settings?.train.batch ?? 0;
    if (now < 4) return null;
    const batch = Math.floor(now / 2);
    const smaller = (settings: Settings | null) =>
      settings && { ...settings, train: { ...settings.train, batch } };
    this.#settings = smaller(this.#settings);
    this.#force = smaller(this.#force);
    return batch;
  }

  /** Whether steps are under way: a run that another is to catch up with waits. */
  get works(): boolean {
    const hold = this.#standing.get("hold");
    const epoch = hold?.type === "hold" ? hold.epoch : null;
    const waits = epoch !== null && this.#step >= epoch * this.#perEpoch;
    return this.running && !waits;
  }

  /** Milliseconds of a step, about; 0 if that is not known. */
  get foreseen(): number {
    return this.#steps > 0 ? (1000 * this.#seconds) / this.#steps : 0;
  }

  /** Whether the present worker stands in for one that has died. */
  get stands(): boolean {
    return this.#deaths > 0;
  }

  /** Whether so many have died that only the CPU is left. */
  get onCpu(): boolean {
    return this.#deaths > 1;
  }

  /** Whether there is a run that another worker could go on with. */
  get hasCheckpoint(): boolean {
    return this.#checkpoint !== null;
  }

  /** Whether nothing is lost with the worker. */
  get saved(): boolean {
    if (!this.#begun) return true;
    const { step = 0 } = this.#checkpoint ?? {};
    return !this.running && step === this.#step;
  }

  /** What the settings say, once they are known. */
  get backend(): Backend | null {
    return this.#settings?.backend ?? null;
  }

  /** The backend of the run that goes on, if one does. */
  get runsOn(): Backend | null {
    if (this.onCpu) return "cpu";
    return (this.#checkpoint && this.#startedWith?.backend) || null;
  }

  /** Commands that give a new worker what the last one had. */
  takeUp(): Command[] {
    const settings = this.#settings;
    if (!settings) return [];
    const commands = this.#images?.names.length
      ? this.#restore(this.#images, settings)
      : this.#configure(settings);
    commands.push(...this.#standing.values());
    if (this.#begun && !this.#checkpoint) {
      this.#again = true;
      commands.push({ type: "start" });
    }
    if (this.#begun && this.running) commands.push({ type: "resume" });
    return commands;
  }

  #configure(settings: Settings): Command[] {
    const backend = this.onCpu ? "cpu" : settings.backend;
    return [{ type: "configure", settings: { ...settings, backend } }];
  }

  #restore(images: ImageSet, settings: Settings): Command[] {
    const { onCpu } = this;
    // The checkpoint belongs to the settings in force, not to those that wait for a start.
    let force = this.#force ?? settings;
    if (onCpu) force = { ...force, backend: "cpu" };
    const { method, knobs } = settings;
    const switched = this.#pending.includes("method");
    const changes = this.#pending
      .filter((path) => !(path === "backend" && onCpu))
      // A method has its own knobs.
      .filter((path) => !switched || !/^(method$|knobs\.)/.test(path))
      .map((path) => nest(path, at(settings, path)!));
    if (switched) changes.unshift({ method, knobs });
    const waiting = changes.map((settings): Command => ({
      type: "configure",
      settings,
    }));
    const checkpoint = this.#checkpoint?.bytes ?? null;
    return [
      { type: "restore", images, settings: force, checkpoint },
      ...waiting,
    ];
  }
}
