// Owns the training worker: sends commands, tells events, and starts another worker when one dies, or
// when another core is wanted.
import TrainingWorker from "training-worker?worker";
import type { Backend, Bytes, Command, Event } from "../protocol.ts";
import {
  Answers,
  onCpu,
  type Answer,
  type Question,
  type Task,
} from "./answers.ts";
import { inWords, SHORT_OF_MEMORY } from "./faults.ts";
import { threadCount, type Choice, type Core, type Start } from "./cores.ts";
import { Listeners } from "./listeners.ts";
import { Gone } from "./load.ts";
import { Making } from "./making.ts";
import type { End, News } from "./news.ts";
import { Recovery } from "./recovery.ts";
import { Supply } from "./supply.ts";
import { Watch } from "./watch.ts";

/** Whether a command begins a run, for which another core may be the right one. */
const begins = (command: Command) =>
  command.type === "start" ||
  (command.type === "restore" && command.checkpoint !== null);

export class Client {
  #worker: Worker | null = null;
  /** Where its further threads tell of their death. */
  #threads: BroadcastChannel | null = null;
  #supply: Supply;
  /** What the worker has loaded, unless that is still being chosen. */
  #core: Core | null = null;
  /** The backend that its core was chosen for; null if that is the run's or the one asked for. */
  #chosen: Backend | null = null;
  #faster: News["faster"] = null;
  #ready = false;
  /** Whether the run is being brought to rest, to go on in another worker. */
  #moving = false;
  /** Whether there will be no other worker. */
  #over = false;
  #waiting: Task[] = [];
  #answers = new Answers();
  #recovery = new Recovery();
  #making = new Making();
  /** Whether the worker hangs. */
  #watch: Watch | null = null;
  /** The backend to begin with. */
  #first: Backend;
  #listeners = new Listeners();
  #endListeners = new Set<(end: End) => void>();
  #newsListeners = new Set<(news: News) => void>();

  /** `backend` is what the first run is likely to ask for; its workers have `most` threads at most. */
  constructor(backend: Backend, most = threadCount()) {
    this.#first = backend;
    this.#supply = new Supply(most);
    void this.#launch();
  }

  /** Sends a command; it waits until the core is there. Pixels of files are given away. */
  send(command: Command): void {
    this.#take({ command, done: () => {} });
  }

  /** Sends a command, and waits until it is obeyed or refused. */
  ask(command: Question): Promise<Answer> {
    return new Promise((done) => this.#take({ command, done }));
  }

  on: Listeners["on"] = this.#listeners.on.bind(this.#listeners);
  next: Listeners["next"] = this.#listeners.next.bind(this.#listeners);

  /** Ends the worker; there is no other. */
  close(): void {
    this.#watch?.end();
    this.#worker?.terminate();
    this.#worker = null;
    this.#threads?.close();
    this.#ready = this.#moving = false;
    this.#finish(this.#answers.lose());
  }

  onEnd(listener: (end: End) => void): void {
    this.#endListeners.add(listener);
  }

  onNews(listener: (news: News) => void): void {
    this.#newsListeners.add(listener);
  }

  /** Whether what is told now was known before: another worker takes up what the last one had. */
  get restoring(): boolean {
    return this.#answers.restoring;
  }

  /** Whether another run has been asked for, and has not begun. */
  get starting(): boolean {
    const starts = ({ command }: Task) => command.type === "start";
    return this.#answers.open.some(starts) || this.#waiting.some(starts);
  }

  /** Goes on with the faster core, from the step that is now under way. */
  goFaster(): void {
    void this.#move(this.#wanted());
  }

  #take(task: Task): void {
    if (this.#over) task.done?.(null);
    else if (!this.#ready || this.#moving) this.#waiting.push(task);
    else if (begins(task.command) && this.#isElsewhere()) {
      // The present run goes along: the new core may refuse to start another.
      this.#waiting.push(task);
      void this.#goElsewhere();
    } else this.#post(task);
  }

  #post(task: Task): void {
    const { command } = task;
    const transfer: Transferable[] = [];
    if (command.type === "addImages") {
      // Another program may have sent it.
      const { buffer } = Object(command.pixels) as Partial<Bytes>;
      if (buffer instanceof ArrayBuffer) transfer.push(buffer);
    }
    // What cannot be sent is not waited for.
    this.#worker?.postMessage(command, transfer);
    this.#recovery.heed(command);
    this.#answers.add(task);
  }

  #flush(): void {
    for (const task of this.#waiting.splice(0)) this.#take(task);
  }

  /** Has the run that is asked for started by the core for it, if it is another. */
  async #goElsewhere(): Promise<void> {
    const worker = this.#worker;
    this.#moving = true;
    await this.#supply.ask(this.#asked());
    if (worker !== this.#worker) return;
    this.#moving = false;
    if (this.#isElsewhere()) await this.#move(this.#asked());
    else this.#flush();
  }

  /** Brings the run to rest, and goes on in another worker, whose core is the best for `backend`. */
  async #move(backend: Backend): Promise<void> {
    const worker = this.#worker;
    if (this.#moving || !worker) return;
    this.#moving = true;
    const recovery = this.#recovery;
    const { running } = recovery;
    // At rest the worker makes a checkpoint.
    if (running) worker.postMessage({ type: "pause" } satisfies Command);
    while (worker === this.#worker && !recovery.saved) {
      await this.next("state", "checkpoint", "stepped", "started", "ready");
    }
    // Whoever has taken its place has a core that was chosen anew.
    if (worker !== this.#worker) return;
    recovery.running = running;
    this.#watch?.end();
    worker.terminate();
    this.#waiting.unshift(...this.#answers.lose());
    this.#tellEnd({
      reason: null,
      restarts: true,
      onCpu: false,
      batch: null,
      from: "snapshot",
      gone: false,
    });
    void this.#launch(backend);
  }

  async #launch(backend: Backend | null = null): Promise<void> {
    if (this.#over) return;
    this.#worker = null;
    this.#ready = this.#moving = false;
    this.#core = null;
    this.#chosen = backend;
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
      else if ("making" in data) {
        this.#making.heed(data.making, () => this.#giveUp(worker));
      } else if ("failed" in data) this.#die(worker, data.failed, data.gone);
      else if (data.alone !== null) {
        this.#core = "cpu";
        this.#supply.broken = data.alone;
        this.#tell({ alone: data.alone });
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#die(worker, event.message || "the training could not be loaded");
    };
    worker.onmessageerror = () =>
      this.#die(worker, "a message could not be read");
    const backend = () => this.#chosen ?? this.#wanted();
    const first = await this.#supply.ask(backend());
    if (worker !== this.#worker) return;
    if (first) void this.#follow();
    const chosen = this.#best(backend())!;
    this.#core = chosen.core;
    this.#tell({ alone: chosen.alone });
    const { cpu: alone, threads, webgpu } = this.#supply.cores!.cores;
    const choice: Choice = {
      core: chosen.core === "webgpu" ? webgpu! : alone,
      threads: null,
      cpu: chosen.cpu,
    };
    if (chosen.core === "threads") {
      const deaths = this.#hearThreads(worker);
      choice.threads = { files: threads!, count: this.#supply.most, deaths };
    }
    worker.postMessage(choice);
  }

  /** Has another worker take the place of one that never comes back from making its threads. */
  #giveUp(worker: Worker): void {
    if (worker !== this.#worker) return;
    worker.terminate();
    this.#supply.broken ??= this.#making.given;
    void this.#launch(this.#chosen);
  }

  /** Hears of the death of a worker's further threads; returns on which channel. */
  #hearThreads(worker: Worker): string {
    const name = `deaths of threads ${Math.random()}`;
    this.#threads?.close();
    this.#threads = new BroadcastChannel(name);
    this.#threads.onmessage = ({ data }: MessageEvent<string>) => {
      this.#supply.broken = data;
      this.#die(worker, data);
    };
    return name;
  }

  /** The backend that the next run asks for, as far as that is known. */
  #asked(): Backend {
    const tasks = [...this.#answers.open, ...this.#waiting];
    for (const { command } of tasks.reverse()) {
      if (command.type === "configure" && command.settings.backend) {
        return command.settings.backend;
      }
    }
    return this.#recovery.backend ?? this.#first;
  }

  /** The backend to load a core for: that of the run which goes on, else what is asked for. */
  #wanted(): Backend {
    return this.#recovery.runsOn ?? this.#asked();
  }

  #best = (backend: Backend) => this.#supply.best(backend);

  /** A core that is faster than the one in use. */
  #better(): News["faster"] {
    const core = this.#core && this.#best(this.#wanted())?.core;
    return !core || core === "cpu" || core === this.#core ? null : core;
  }

  /** Whether a fresh run belongs on the GPU and the core cannot, or on the CPU and the core is slow there. */
  #isElsewhere(): boolean {
    const backend = this.#recovery.onCpu ? "cpu" : this.#asked();
    const core = this.#core && this.#best(backend)?.core;
    return !!core && (core === "webgpu") !== (this.#core === "webgpu");
  }

  /** Tells of the cores that come. */
  async #follow(): Promise<void> {
    for await (const news of this.#supply.follow()) {
      this.#tell(news);
      this.#consider();
      if (this.#core === "cpu") {
        const { alone } = this.#best(this.#wanted())!;
        this.#tell({ alone: alone ?? "more are ready" });
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

  #tellEnd(end: End): void {
    for (const listener of this.#endListeners) listener(end);
  }

  /** Looks after a worker that is there. */
  #look(worker: Worker): void {
    this.#watch?.end();
    const recovery = this.#recovery;
    const works = () => recovery.works || this.#answers.open.length > 0;
    const hangs = (seconds: number) =>
      this.#die(worker, `it has not answered for ${seconds} s`);
    this.#watch = new Watch(works, () => recovery.foreseen, hangs);
  }

  #receive(event: Event): void {
    this.#watch?.heard();
    this.#answers.share(event);
    const { restoring } = this;
    const refused =
      restoring && event.type === "refused" && event.command === "restore";
    // What ended the last worker has left no GPU to go on with.
    if (refused && this.#core === "webgpu") {
      return this.#die(this.#worker!, event.error);
    }
    const { hasCheckpoint } = this.#recovery;
    this.#recovery.note(event, restoring);
    // The images of a run that cannot be taken up are taken up without it.
    if (refused && hasCheckpoint) this.#takeUp();
    switch (event.type) {
      case "ready":
        this.#ready = true;
        this.#look(this.#worker!);
        this.#takeUp();
        this.#flush();
        break;
      case "started":
        if (this.#core === "webgpu" && event.device.backend === "cpu") {
          this.#leaveWebgpu(event.device.reason);
        }
        break;
      case "lost":
        this.#die(this.#worker!, event.error);
    }
    this.#listeners.tell(event);
    const obeyed = this.#answers.take(event);
    if (obeyed?.type === "restore" && event.type === "stepped") {
      this.#recovery.restored(event.step, obeyed.checkpoint!);
    }
    this.#consider();
  }

  /** Gives a new worker what the last one had. */
  #takeUp(): void {
    for (const command of this.#recovery.takeUp()) {
      this.#post({ command, done: null });
    }
  }

  /** The core for WebGPU has found that the CPU is faster, or all that is left. */
  #leaveWebgpu(why: string): void {
    if (this.#asked() !== "auto") return;
    this.#supply.slower ??= why;
    // What stands in for a worker that has died does not wait to be asked.
    if (this.#recovery.stands) void this.#move("auto");
  }

  #die(worker: Worker | null, reason: string, gone = false): void {
    if (worker !== this.#worker) return;
    worker?.terminate();
    this.#worker = null;
    this.#ready = this.#moving = false;
    this.#watch?.end();
    reason = inWords(reason);
    const short = reason === SHORT_OF_MEMORY;
    const { pause, ...next } = this.#recovery.die(short);
    if (this.#core === "threads" && next.onCpu) {
      this.#supply.broken ??= `more have failed: ${reason}`;
    }
    // What is gone does not come back.
    const restarts = next.restarts && !gone;
    const again = this.#answers.lose();
    this.#waiting.unshift(...(next.onCpu ? again.map(onCpu) : again));
    this.#tellEnd({ ...next, reason, restarts, gone });
    if (restarts) setTimeout(() => void this.#launch(), pause);
    if (!restarts) this.#finish();
  }

  /** There will be no other worker: nothing is answered any more. */
  #finish(open: Task[] = []): void {
    this.#over = true;
    for (const { done } of [...open, ...this.#waiting.splice(0)]) done?.(null);
  }
}
