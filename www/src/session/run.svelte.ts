// One of the two runs side by side: its settings, its worker, and the log of what it does. Events write it,
// views read it.
import type { Client } from "../core/client.ts";
import type { End, News } from "../core/news.ts";
import { inForce, tidy, type Value } from "../lib/paths.ts";
import type {
  Command,
  DeviceCard,
  Event,
  Measured,
  Row,
  Settings,
  State,
} from "../protocol.ts";
import { advised } from "./advised.ts";
import { Log } from "./log.svelte.ts";
import { notices, type Offer } from "./notices.svelte.ts";
import { slow } from "./slow.svelte.ts";
import { session } from "./state.svelte.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** What cores are called. */
const cores = () => ({
  cpu: "The program for the CPU",
  threads: "The program with threads",
  webgpu: "The program for WebGPU",
  decoder: "The image decoder",
  session: "The program for session files",
});

/** Events after which a run stands otherwise beside another. */
const PACED: Event["type"][] = ["started", "stepped", "state", "loaded"];

/** Commands that have a run train. */
const GOES = ["resume", "step", "epoch"];

export class Run {
  readonly id: "a" | "b";
  /** Its worker; null while it has none. */
  client: Client | null = null;

  settings = $state.raw<Settings | null>(null);
  /** Paths of settings that wait for the next start. */
  pending = $state.raw<string[]>([]);
  learningRate = $state(0);
  /** The rate of the method's paper, scaled to the batch. */
  publishedRate = $state(0);
  /** Seconds of a whole run, about, as the core foresees it; null without images. */
  seconds = $state<number | null>(null);
  /** The loss of the run where embeddings say nothing, if that is known. */
  lossAtChance = $state<number | null>(null);

  state = $state<State>("empty");
  log = $state.raw(new Log());
  /** How the run was that other images have ended, until it is decided what takes its place. */
  ended: "running" | "resting" | null = null;
  /** Whether the first step of a run is being waited for. */
  preparing = $state(false);

  /** What computes. */
  device = $state.raw<DeviceCard | null>(null);
  /** Why the CPU computes in one thread, if it does. */
  alone = $state<string | null>(null);
  /** A core that is faster than the one in use, until it is taken or put away. */
  faster = $state<NonNullable<News["faster"]> | null>(null);
  /** Why no worker is left. */
  dead = $state<string | null>(null);
  /** The last command that was refused, until something succeeds. */
  refused = $state<string | null>(null);

  card = $derived(session.cards.find(({ id }) => id === this.settings?.method));
  /** What the score last came to. */
  score = $derived.by((): Measured | undefined => {
    const values = this.log.readings?.values;
    return values?.find(({ id }) => id === session.headline?.id);
  });
  /** What can be turned now. */
  rows = $derived(
    session.table.filter(
      ({ method }) => method === null || method === this.settings?.method,
    ),
  );
  /** What the method begins with, whatever the images are. */
  plain = $derived.by((): Settings | null => {
    if (!session.defaults) return null;
    const knobs = this.rows.flatMap(({ method, path, default: value }) =>
      method === null ? [] : [[path.slice("knobs.".length), value]],
    );
    return { ...session.defaults, knobs: Object.fromEntries(knobs) };
  });
  /** What the method and the images begin with: "Back to default" goes here. */
  usual = $derived(this.plain && advised(this.plain, session.advice));
  ready = $derived(this.settings !== null);
  /** Why the run, or all its training, has ended. */
  failed = $derived(this.dead ?? this.log.error);

  /** The state before this one. */
  #left: State = "empty";
  /** The settings as the core last told them. */
  #confirmed: Settings | null = null;
  /** The settings with which the present network was begun. */
  #begun: Settings | null = null;

  /** Called when a network has been made, with its log, and before another log takes a run's place. */
  onbegin = (_: Log): void => {};
  onend = (_: Log): void => {};

  /** Called when it has gone on, or stands otherwise. */
  onchange = (): void => {};
  /** Takes a value of a setting that was offered. */
  onchoose = (_path: string, _value: Value): void => {};
  /** Whether the last start was refused. */
  #unstarted = false;
  /** The epoch that it may end and not pass, if there is one. */
  #hold: number | null = null;

  constructor(id: "a" | "b") {
    this.id = id;
  }

  /** What it is called. */
  get letter(): string {
    return this.id.toUpperCase();
  }

  /** The network that is there now is that of `log`, which goes on. */
  adopt(log: Log): void {
    log.settings = this.log.settings;
    log.giveUp();
    this.log = log;
    notices.milestone = `${log.name} is back at step ${log.step}`;
  }

  /** The present run makes way. */
  #leave(): void {
    const { log } = this;
    // What was turned after its last step has had no effect on it.
    log.settings = log.used ?? log.settings;
    if (log.step > 0) this.onend(log);
  }

  /** It waits once so many epochs are done; with null, it does not wait. */
  hold(epoch: number | null): void {
    if (this.#hold === epoch) return;
    this.#hold = epoch;
    this.send({ type: "hold", epoch });
  }

  /** Gives it a worker. */
  open(client: Client): void {
    this.client = client;
    const mine = () => this.client === client;
    client.on("*", (event) => {
      if (!mine()) return;
      const { restoring } = client;
      if (!slow.keeps(event, () => this.#apply(event, restoring))) {
        this.#apply(event, restoring);
      }
      if (PACED.includes(event.type)) this.onchange();
    });
    client.onNews((news) => mine() && this.#hear(news));
    client.onEnd((end) => mine() && this.#end(end));
  }

  /** Takes its worker away, and the run with it. */
  close(): void {
    this.#leave();
    this.client?.close();
    this.client = null;
    this.#hold = null;
    this.state = "empty";
    this.preparing = false;
    this.faster = this.dead = this.refused = null;
    this.log.giveUp();
    this.log = new Log();
  }

  /** Shows what has become of a run that trains no more. It has no worker. */
  recall(log: Log): void {
    this.settings = this.#confirmed = log.settings;
    this.pending = [];
    this.lossAtChance = null;
    this.log = log;
  }

  send(command: Command): void {
    this.client?.send(command);
  }

  #hear({ alone, faster, failed, gone }: News): void {
    if (alone !== undefined) this.alone = alone;
    if (faster !== undefined) this.faster = faster;
    // What is true of the page is said once.
    if (this.id === "b") return;
    if (gone) {
      notices.tell(
        "A new version of this page is there. This one goes on; reload it when it suits you.",
      );
    }
    if (failed) {
      notices.tell(
        `${cores()[failed.core]} could not be built, so this page goes on without: ${failed.reason}`,
      );
    }
  }

  #end({ reason, restarts, onCpu, from, gone, batch }: End): void {
    this.log.giveUp();
    if (reason === null) return;
    this.preparing = false;
    if (restarts) {
      const where = onCpu ? ", on the CPU" : "";
      const how = {
        nothing: `It is started again${where}.`,
        snapshot: `It goes on from the last snapshot${where}.`,
        beginning:
          batch === null
            ? `There was no snapshot yet, so the run begins again${where}.`
            : `The run begins again with a batch of ${batch}${where}.`,
      };
      notices.tell(`${this.#who} stopped working (${reason}). ${how[from]}`);
      return;
    }
    this.state = "failed";
    this.dead = gone
      ? "A new version of this page is there, and the training program of this one has gone with it. Reload the page."
      : !this.settings
        ? `The training program could not be loaded: ${reason}. Reload the page; it needs a server that answers and a browser with WebAssembly.`
        : `${this.#who} stopped working three times in a row, on the CPU as well: ${reason}. ${this.#remedy}`;
    this.onchange();
  }

  get #who(): string {
    return this.id === "a" ? "The training" : "The training of B";
  }
  get #remedy(): string {
    return this.id === "a"
      ? "Reload the page; if it happens again, choose fewer or smaller images or a narrower encoder."
      : "A goes on alone. Two runs need twice the memory: choose fewer or smaller images or a narrower encoder.";
  }

  /** What the table says of a setting. */
  row(path: string): Row | undefined {
    return this.rows.find((row) => row.path === path);
  }

  /** What a setting, or one of its words, is called. */
  name(path: string): string {
    // What waits may be a knob of the method before.
    const row =
      this.row(path) ?? session.table.find((row) => row.path === path);
    return row?.label ?? path;
  }
  word(path: string, value: string): string {
    const kind = this.row(path)?.kind;
    const options = kind?.type === "choice" ? kind.options : [];
    return options.find((option) => option.value === value)?.label ?? value;
  }

  /** Takes in one event. `restoring`: another worker tells what the last one had. */
  #apply(event: Event, restoring: boolean): void {
    switch (event.type) {
      case "ready":
        session.learn(event);
        this.settings ??= this.#confirmed = session.defaults;
        break;
      case "configured":
        this.settings = this.#confirmed = tidy(event.settings);
        this.pending = event.pending;
        this.learningRate = event.learningRate;
        this.publishedRate = event.publishedRate;
        this.seconds = event.seconds;
        this.lossAtChance = event.lossAtChance;
        if (this.log.started) {
          const { settings: present } = this.log;
          const { settings, pending } = this;
          this.log.settings = inForce(present, settings, pending, this.#begun);
        }
        break;
      case "loaded":
        this.#load(event, restoring);
        break;
      case "state":
        this.#move(event.state, restoring);
        break;
      case "started":
        this.#start(event, restoring);
        break;
      case "refused":
        this.preparing = false;
        // What was to follow a start goes with it.
        if (this.#unstarted && GOES.includes(event.command)) break;
        this.#unstarted = event.command === "start";
        this.log.giveUp();
        this.settings = this.#confirmed;
        this.refused = event.error;
        if (restoring) this.log = new Log();
        notices.tell(event.error, event.path, true, this.#instead(event));
        break;
      case "stepped":
        // The run that makes way tells its last steps.
        if (!this.client?.starting) this.preparing = false;
        this.#tellEpoch(event);
        this.log.apply(event);
        break;
      case "failed":
        this.preparing = false;
        notices.milestone = `${this.#run} has failed: ${event.error}`;
        this.log.apply(event);
        break;
      case "verdict":
        if (event.next.length > 0) {
          const { collapse, learned } = event;
          notices.milestone = `${collapse.sentence} ${learned.sentence}`;
        }
        this.log.apply(event);
        break;
      case "views":
      case "map":
      case "baselines":
      case "readings":
      case "evaluating":
      case "evaluated":
      case "neighbours":
        this.log.apply(event);
        break;
      case "checkpoint":
        if (this.log.started) this.log.keep(event);
        break;
      case "embeddings":
        // For who asked.
        break;
      case "lost":
        // For the client alone.
        break;
      default:
        event satisfies never;
    }
  }

  /** What would fit, by a click each. */
  #instead({ instead }: Of<"refused">): Offer[] {
    return instead.map(({ path, value }) => ({
      label: `${this.name(path)}: ${value}`,
      act: () => this.onchoose(path, value),
    }));
  }

  get #run(): string {
    return this.id === "a" ? "The run" : "Run B";
  }

  #load(event: Of<"loaded">, restoring: boolean): void {
    if (!restoring) this.#leave();
    // Both learn from the images that A was given.
    if (this.id === "a") session.take(event, restoring);
    if (restoring) return;
    this.refused = null;
    if (this.log.started) {
      this.ended = this.#left === "running" ? "running" : "resting";
    }
    this.log = new Log();
  }

  #move(state: State, restoring: boolean): void {
    if (state === this.state) return;
    this.#left = this.state;
    this.state = state;
    // Another run has another log; one that is taken up is not what has failed.
    if (restoring) this.log.error = null;
    // A score is of one network: training gives it up.
    if (state === "running") this.log.scoring = null;
    if (state === "done") notices.milestone = "Training is done";
    // A fresh run is paused before its first step: that is still being prepared.
    if (state !== "running" && state !== "paused") this.preparing = false;
  }

  #start(started: Of<"started">, restoring: boolean): void {
    this.device = started.device;
    this.#begun = this.settings;
    if (restoring) return;
    this.refused = null;
    notices.settleAll();
    this.#leave();
    this.log = new Log(started, this.settings);
    this.onbegin(this.log);
    notices.milestone = `A fresh network is ready on ${started.device.name}`;
  }

  #tellEpoch({ epoch, epochs }: Of<"stepped">): void {
    if (this.id === "b") return;
    const before = this.log.stepped?.epoch ?? 0;
    const every = Math.max(1, Math.round(epochs / 10));
    if (epoch !== before && epoch % every === 0 && epoch < epochs) {
      notices.milestone = `Epoch ${epoch} of ${epochs}`;
    }
  }
}
