// Owns the training worker: sends commands, tells events, and starts another worker when one dies.
import TrainingWorker from "training-worker?worker";
import { at, merge, nest } from "./lib/paths.ts";
import type {
  Bytes,
  Command,
  Event,
  ImageSet,
  Report,
  Settings,
} from "./protocol.ts";

type Listener<T extends string> = (
  report: T extends Event["type"] ? Extract<Report, { type: T }> : Report,
) => void;

/** What the page is told when a worker has died. */
export type Death = { reason: string; restarts: boolean; onCpu: boolean };

/** Deaths in a row, without a step beyond the furthest, after which the client gives up. */
const DEATHS = 3;

export class Client {
  #worker: Worker | null = null;
  #ready = false;
  #waiting: Command[] = [];
  #listeners = new Map<string, Set<(report: Report) => void>>();
  #deathListeners = new Set<(death: Death) => void>();

  // What another worker needs to go on. Never transferred away.
  #images: ImageSet | null = null;
  #loading: Command | null = null;
  #settings: Settings | null = null;
  #pending: string[] = [];
  #startedWith: Settings | null = null;
  #checkpoint: Bytes | null = null;
  #begun = false;
  #running = false;
  #watched: Command | null = null;
  #step = 0;
  #deaths = 0;
  #deadStep = -1;

  constructor() {
    this.#launch();
  }

  /** Sends a command; it waits until the core is there. Pixels of files are given away. */
  send(command: Command): void {
    this.#note(command);
    if (!this.#ready) this.#waiting.push(command);
    else this.#post(command);
  }

  /** Listens to one type of event, or to all (`*`); returns how to stop. */
  on<T extends Event["type"] | "*">(
    type: T,
    listener: Listener<T>,
  ): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    const general = listener as (report: Report) => void;
    this.#listeners.set(type, listeners.add(general));
    return () => listeners.delete(general);
  }

  /** The next event of one of these types. */
  next(...types: Event["type"][]): Promise<Report> {
    return new Promise((resolve) => {
      const stops = types.map((type) =>
        this.on(type, (report) => {
          for (const stop of stops) stop();
          resolve(report as Report);
        }),
      );
    });
  }

  onDeath(listener: (death: Death) => void): void {
    this.#deathListeners.add(listener);
  }

  #launch(): void {
    this.#ready = false;
    const worker = new TrainingWorker({ name: "training" });
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#receive(data as Report);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#die(worker, event.message || "the training could not be loaded");
    };
    worker.onmessageerror = () =>
      this.#die(worker, "a message could not be read");
  }

  #post(command: Command): void {
    const transfer =
      command.type === "addImages"
        ? command.files.flatMap(({ decoded }) =>
            "pixels" in decoded ? [decoded.pixels.buffer] : [],
          )
        : [];
    this.#worker?.postMessage(command, transfer);
  }

  /** Keeps track of what was asked for. */
  #note(command: Command): void {
    switch (command.type) {
      case "start":
        this.#begun = true;
        this.#checkpoint = null;
        break;
      case "loadSet":
        this.#loading = command;
        this.#begun = false;
        this.#checkpoint = null;
        break;
      case "addImages":
      case "clear":
        this.#begun = false;
        this.#checkpoint = null;
        break;
      case "watch":
        this.#watched = command;
    }
  }

  #receive(report: Report): void {
    switch (report.type) {
      case "ready":
        this.#ready = true;
        this.#takeUp();
        for (const command of this.#waiting.splice(0)) this.#post(command);
        break;
      case "loaded":
        this.#images = report.images;
        this.#loading = null;
        break;
      case "configured":
        this.#settings = report.settings;
        this.#pending = report.pending;
        break;
      case "started":
        this.#begun = true;
        this.#startedWith = this.#settings;
        this.#step = 0;
        break;
      case "state":
        this.#running = report.state === "running";
        break;
      case "lost":
        this.#die(this.#worker!, report.error);
        break;
      case "checkpoint":
        if (this.#begun) this.#checkpoint = report.bytes;
        break;
      case "stepped":
        this.#step = report.step;
        if (report.step > this.#deadStep) this.#deaths = 0;
    }
    for (const type of ["*", report.type]) {
      for (const listener of this.#listeners.get(type) ?? []) listener(report);
    }
  }

  #die(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    worker.terminate();
    this.#worker = null;
    this.#ready = false;
    this.#deaths += 1;
    this.#deadStep = Math.max(this.#deadStep, this.#step);
    const restarts = this.#deaths < DEATHS;
    const onCpu = this.#deaths > 1;
    const death = { reason, restarts, onCpu };
    for (const listener of this.#deathListeners) listener(death);
    if (restarts) this.#launch();
  }

  /** Gives a new worker what the dead one had. */
  #takeUp(): void {
    const settings = this.#settings;
    if (!settings || this.#deaths === 0) return;
    const onCpu = this.#deaths > 1;
    const backend = onCpu ? "cpu" : settings.backend;
    const waiting = this.#pending.map((path) => [path, at(settings, path)!]);
    // The checkpoint belongs to the settings in force, not to those that wait for a start.
    let force = { ...settings, backend } as Settings;
    for (const path of this.#pending) {
      const before = at(this.#startedWith, path);
      if (before !== undefined) force = merge(force, nest(path, before));
    }
    if (onCpu) force.backend = "cpu";
    if (!this.#images?.names.length) {
      this.#post({ type: "configure", settings: { ...settings, backend } });
      if (this.#loading) this.#post(this.#loading);
      return;
    }
    const running = this.#running;
    this.#post({
      type: "restore",
      images: this.#images,
      settings: force,
      checkpoint: this.#checkpoint,
    });
    for (const [path, value] of waiting) {
      if (path === "backend" && onCpu) continue;
      this.#post({
        type: "configure",
        settings: nest(path as string, value as never),
      });
    }
    if (this.#watched) this.#post(this.#watched);
    if (this.#begun && !this.#checkpoint) this.#post({ type: "start" });
    if (running && this.#begun) this.#post({ type: "resume" });
  }
}

export const client = new Client();
