// Owns the training worker: sends commands, tells events, and starts another worker when one dies.
import TrainingWorker from "training-worker?worker";
import { coreFor, whyCpu, type Choice, type Core } from "./cores.ts";
import * as address from "./lib/address.ts";
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
  /** Where its further threads tell of their death. */
  #threads: BroadcastChannel | null = null;
  /** What the worker loads, unless that is still being chosen. */
  #core: Core | null = null;
  /** The backend that was last asked for. */
  #backend: Settings["backend"];
  #cpu: Choice["cpu"] = null;
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

  /** `backend` is what the first run is likely to ask for. */
  constructor(backend: Settings["backend"]) {
    this.#backend = backend;
    void this.#launch();
  }

  /** Sends a command; it waits until the core is there. Pixels of files are given away. */
  send(command: Command): void {
    this.#note(command);
    if (command.type === "start" && this.#lacks()) {
      this.#exchange();
      // Who takes up where another was also starts.
      if (this.#settings) return;
    }
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

  async #launch(): Promise<void> {
    this.#ready = false;
    this.#core = null;
    const worker = new TrainingWorker({ name: "training" });
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#receive(data as Report);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#die(worker, event.message || "the training could not be loaded");
    };
    worker.onmessageerror = () =>
      this.#die(worker, "a message could not be read");
    const deaths = `deaths of threads ${Math.random()}`;
    this.#threads?.close();
    this.#threads = new BroadcastChannel(deaths);
    this.#threads.onmessage = ({ data }) => this.#die(worker, data as string);
    const cpu = (this.#cpu = await whyCpu());
    if (worker !== this.#worker) return;
    const core = (this.#core = coreFor(this.#backend, cpu));
    worker.postMessage({ core, cpu, deaths } satisfies Choice);
  }

  /** Whether the backend asked for needs another core than the one there. */
  #lacks(): boolean {
    const needed = coreFor(this.#backend, this.#cpu);
    return this.#core === "cpu" && needed === "webgpu";
  }

  /** Goes on in another worker with the core that is needed. A run does not outlive it. */
  #exchange(): void {
    this.#worker?.terminate();
    this.#running = false;
    void this.#launch();
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
      case "configure":
        this.#backend = command.settings.backend ?? this.#backend;
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
        this.#backend = report.settings.backend;
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

  /** Gives a new worker what the last one had. */
  #takeUp(): void {
    const settings = this.#settings;
    if (!settings) return;
    const onCpu = this.#deaths > 1;
    const backend = onCpu ? "cpu" : settings.backend;
    if (this.#loading || !this.#images?.names.length) {
      this.#post({ type: "configure", settings: { ...settings, backend } });
      if (this.#loading) this.#post(this.#loading);
    } else this.#restore(this.#images, settings, backend);
    if (this.#begun && !this.#checkpoint) this.#post({ type: "start" });
    if (this.#running && this.#begun) this.#post({ type: "resume" });
  }

  #restore(
    images: ImageSet,
    settings: Settings,
    backend: Settings["backend"],
  ): void {
    // The checkpoint belongs to the settings in force, not to those that wait for a start.
    let force = settings;
    for (const path of this.#pending) {
      const before = at(this.#startedWith, path);
      if (before !== undefined) force = merge(force, nest(path, before));
    }
    const onCpu = backend !== settings.backend;
    if (onCpu) force = { ...force, backend };
    this.#post({
      type: "restore",
      images,
      settings: force,
      checkpoint: this.#checkpoint,
    });
    for (const path of this.#pending) {
      if (path === "backend" && onCpu) continue;
      this.#post({
        type: "configure",
        settings: nest(path, at(settings, path)!),
      });
    }
    if (this.#watched) this.#post(this.#watched);
  }
}

const { backend } = Object.fromEntries(
  address.read(location.search).settings,
) as Partial<Settings>;
export const client = new Client(backend ?? "auto");
