// Owns the training worker: sends commands, tells events, and starts another worker when one dies, or
// when a faster core is there and wanted.
import TrainingWorker from "training-worker?worker";
import {
  best,
  list,
  threadCount,
  whyCpu,
  type Choice,
  type Core,
  type Cores,
  type Start,
} from "./cores.ts";
import * as address from "../session/address.ts";
import { Gone } from "./load.ts";
import { hasRun, nothing, takeUp, withoutRun } from "./recovery.ts";
import type { Command, Event, Settings } from "../protocol.ts";

type Listener<T extends string> = (
  report: T extends Event["type"] ? Extract<Event, { type: T }> : Event,
) => void;

/** What the page is told when a worker has ended. */
export type End = {
  /** What it died of; null if it makes way for a faster core. */
  reason: string | null;
  /** Whether another goes on. */
  restarts: boolean;
  onCpu: boolean;
  /** Whether it asked for files that have made way for another version of the page. */
  gone: boolean;
};

/** What the page is told of cores. */
export type News = {
  /** Why the CPU computes in one thread; null if it has more. */
  alone?: string | null;
  /** A core that is faster than the one in use. */
  faster?: Exclude<Core, "cpu"> | null;
  /** One that could not be built. */
  failed?: Cores["failed"][number];
  /** The cores have made way for those of another version of the page. */
  gone?: true;
};

/** Deaths in a row, without a step beyond the furthest, after which the client gives up. */
const DEATHS = 3;
/** Milliseconds after which to ask again for cores that are still being built. */
const AGAIN = 3_000;

export class Client {
  #worker: Worker | null = null;
  /** Where its further threads tell of their death. */
  #threads: BroadcastChannel | null = null;
  #cores: Cores | null = null;
  /** What the worker has loaded, unless that is still being chosen. */
  #core: Core | null = null;
  /** Why no more threads are tried. */
  #broken: string | null = null;
  #faster: News["faster"] = null;
  /** The backend that was last asked for. */
  #backend: Settings["backend"];
  #cpu: Choice["cpu"] = null;
  #ready = false;
  #waiting: Command[] = [];
  #listeners = new Map<string, Set<(report: Event) => void>>();
  #endListeners = new Set<(end: End) => void>();
  #newsListeners = new Set<(news: News) => void>();

  /** What another worker needs to go on. */
  #last = nothing();
  #step = 0;
  #deaths = 0;
  #deadStep = -1;
  /** Whether a run was handed to this worker and is not taken up yet. */
  #restoring = false;

  /** `backend` is what the first run is likely to ask for. */
  constructor(backend: Settings["backend"]) {
    this.#backend = backend;
    void this.#launch();
  }

  /** Sends a command; it waits until the core is there. Pixels of files are given away. */
  send(command: Command): void {
    this.#note(command);
    // A run on WebGPU needs the core for it.
    if (command.type === "start" && this.#better() === "webgpu") {
      // The last run does not outlive its worker.
      this.#last.running = false;
      this.#exchange();
      // Who takes up where another was also starts.
      if (this.#last.settings) return;
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
    const general = listener as (report: Event) => void;
    this.#listeners.set(type, listeners.add(general));
    return () => listeners.delete(general);
  }

  /** The next event of one of these types. */
  next(...types: Event["type"][]): Promise<Event> {
    return new Promise((resolve) => {
      const stops = types.map((type) =>
        this.on(type, (report) => {
          for (const stop of stops) stop();
          resolve(report as Event);
        }),
      );
    });
  }

  onEnd(listener: (end: End) => void): void {
    this.#endListeners.add(listener);
  }

  onNews(listener: (news: News) => void): void {
    this.#newsListeners.add(listener);
  }

  /** Goes on with the faster core, from the step that is now under way. */
  async goFaster(): Promise<void> {
    const worker = this.#worker;
    const running = this.#last.running;
    // At rest the worker makes a checkpoint.
    if (running) this.#post({ type: "pause" });
    while (this.#last.begun && (this.#last.running || !this.#isSaved())) {
      await this.next("state", "checkpoint", "stepped", "started");
    }
    // Whoever has taken its place has the core already.
    if (worker !== this.#worker || !worker) return;
    this.#last.running = running;
    this.#end({ reason: null, restarts: true, onCpu: false, gone: false });
    this.#exchange();
  }

  /** Whether nothing is lost with the worker. */
  #isSaved = () =>
    this.#step === 0 || this.#last.checkpoint?.step === this.#step;

  async #launch(): Promise<void> {
    this.#worker = null;
    this.#ready = false;
    this.#core = null;
    let worker: Worker | null = null;
    try {
      worker = this.#worker = new TrainingWorker({ name: "training" });
      await this.#begin(worker);
    } catch (error) {
      // The first one is begun before anyone listens.
      await null;
      this.#die(worker, (error as Error).message, error instanceof Gone);
    }
  }

  async #begin(worker: Worker): Promise<void> {
    worker.onmessage = ({ data }: MessageEvent<Start | Event>) => {
      if ("type" in data) this.#receive(data);
      else if ("failed" in data) this.#die(worker, data.failed, data.gone);
      else if (data.alone !== null) {
        this.#core = "cpu";
        this.#broken = data.alone;
        this.#tell({ alone: data.alone });
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#die(worker, event.message || "the training could not be loaded");
    };
    worker.onmessageerror = () =>
      this.#die(worker, "a message could not be read");
    const cpu = this.#wanted() === "cpu" ? null : whyCpu();
    const cores = this.#cores ?? (await list());
    this.#cpu = await cpu;
    if (worker !== this.#worker) return;
    if (!this.#cores) void this.#follow(cores);
    this.#cores = cores;
    const chosen = this.#best()!;
    this.#core = chosen.core;
    this.#tell({ alone: chosen.alone });
    const { cpu: alone, threads, webgpu } = cores.cores;
    const choice: Choice = {
      core: chosen.core === "webgpu" ? webgpu! : alone,
      threads: null,
      cpu: chosen.cpu,
    };
    if (chosen.core === "threads") {
      const deaths = this.#hearThreads(worker);
      choice.threads = { files: threads!, count: threadCount(), deaths };
    }
    worker.postMessage(choice);
  }

  /** Hears of the death of a worker's further threads; returns on which channel. */
  #hearThreads(worker: Worker): string {
    const name = `deaths of threads ${Math.random()}`;
    this.#threads?.close();
    this.#threads = new BroadcastChannel(name);
    this.#threads.onmessage = ({ data }: MessageEvent<string>) => {
      this.#broken = data;
      this.#die(worker, data);
    };
    return name;
  }

  /** The backend to load a core for: that of the run which goes on, else what was asked for. */
  #wanted(): Settings["backend"] {
    if (this.#deaths > 1) return "cpu";
    return (
      (this.#last.checkpoint && this.#last.startedWith?.backend) ||
      this.#backend
    );
  }

  #best() {
    return (
      this.#cores && best(this.#cores, this.#wanted(), this.#cpu, this.#broken)
    );
  }

  /** A core that is faster than the one in use. */
  #better(): News["faster"] {
    const core = this.#core && this.#best()?.core;
    return !core || core === "cpu" || core === this.#core ? null : core;
  }

  /** Goes on in another worker. */
  #exchange(): void {
    this.#worker?.terminate();
    void this.#launch();
  }

  /** Asks which cores there are until all that are being built have come. */
  async #follow(cores: Cores): Promise<void> {
    const told = new Set<Core>();
    for (;;) {
      for (const failed of cores.failed) {
        if (!told.has(failed.core)) this.#tell({ failed });
        told.add(failed.core);
      }
      if (cores.coming.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
      try {
        cores = await list();
      } catch (error) {
        if (error instanceof Gone) return this.#tell({ gone: true });
        // The server is away: what is in use is here.
        continue;
      }
      this.#cores = cores;
      this.#consider();
      if (this.#core === "cpu") {
        this.#tell({ alone: this.#best()!.alone ?? "more are ready" });
      }
    }
  }

  /** Tells whether there is a faster core, if that has changed. */
  #consider(): void {
    const faster = this.#better();
    if (faster !== this.#faster) this.#tell({ faster });
    this.#faster = faster;
  }

  #tell(news: News): void {
    for (const listener of this.#newsListeners) listener(news);
  }

  #end(end: End): void {
    for (const listener of this.#endListeners) listener(end);
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
        this.#last.begun = true;
        this.#last.checkpoint = null;
        break;
      case "loadSet":
        this.#last.loading = command;
        this.#last.begun = false;
        this.#last.checkpoint = null;
        break;
      case "addImages":
      case "clear":
        this.#last.begun = false;
        this.#last.checkpoint = null;
        break;
      case "configure":
        this.#backend = command.settings.backend ?? this.#backend;
        break;
      case "watch":
        this.#last.watched = command;
    }
  }

  #receive(report: Event): void {
    switch (report.type) {
      case "ready":
        this.#ready = true;
        this.#takeUp();
        for (const command of this.#waiting.splice(0)) this.#post(command);
        break;
      case "loaded":
        this.#restoring = false;
        this.#last.images = report.images;
        this.#last.loading = null;
        break;
      case "configured":
        this.#last.settings = report.settings;
        this.#backend = report.settings.backend;
        this.#last.pending = report.pending;
        break;
      case "started":
        this.#last.begun = true;
        this.#last.startedWith = this.#last.settings;
        this.#step = 0;
        // The core for WebGPU may have found that the CPU is faster.
        if (
          this.#core === "webgpu" &&
          this.#last.settings?.backend === "auto" &&
          report.device.backend === "cpu"
        ) {
          this.#cpu ??= report.device.reason;
        }
        break;
      case "state":
        this.#last.running = report.state === "running";
        break;
      case "refused":
        // The images of a run that cannot be taken up are taken up without it.
        if (!this.#restoring) break;
        this.#last = withoutRun(this.#last);
        this.#takeUp();
        break;
      case "lost":
        this.#die(this.#worker!, report.error);
        break;
      case "checkpoint":
        if (this.#last.begun) this.#last.checkpoint = report;
        break;
      case "stepped":
        this.#step = report.step;
        if (report.step > this.#deadStep) this.#deaths = 0;
    }
    for (const type of ["*", report.type]) {
      for (const listener of this.#listeners.get(type) ?? []) listener(report);
    }
    this.#consider();
  }

  /** Hands over what the last worker had. */
  #takeUp(): void {
    const commands = takeUp(this.#last, this.#deaths > 1);
    this.#restoring = commands.some(hasRun);
    for (const command of commands) this.#post(command);
  }

  #die(worker: Worker | null, reason: string, gone = false): void {
    if (worker !== this.#worker) return;
    worker?.terminate();
    this.#worker = null;
    this.#ready = false;
    this.#deaths += 1;
    this.#deadStep = Math.max(this.#deadStep, this.#step);
    if (this.#core === "threads" && this.#deaths > 1) {
      this.#broken ??= `more have failed: ${reason}`;
    }
    // What is gone does not come back.
    const restarts = this.#deaths < DEATHS && !gone;
    this.#end({ reason, restarts, onCpu: this.#deaths > 1, gone });
    if (restarts) void this.#launch();
  }
}

const { backend } = Object.fromEntries(
  address.read(location.search).settings,
) as Partial<Settings>;
export const client = new Client(backend ?? "auto");
