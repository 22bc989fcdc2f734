// Everything the page knows of the session, in one object: events write it, views read it.
import { client, type Client, type News } from "../core/client.ts";
import { Series } from "../lib/series.ts";
import { tidy } from "../lib/paths.ts";
import type {
  Card,
  DeviceCard,
  Event,
  ImageSet,
  SetCard,
  Settings,
  ShapesOptions,
  Skipped,
  Space,
  State,
} from "../protocol.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** Something the learner should know, until it is put away. */
export type Notice = {
  id: number;
  text: string;
  /** The setting at fault. */
  path: string | null;
  error: boolean;
  /** Whether it is said at the control itself. */
  shown: boolean;
};

/** Settings whose controls say what is wrong with them. */
const TELLING =
  /^(train\.(learningRate|batch|epochs|optimizer)$|encoder\.width$|size$|backend$|augment\.|knobs\.)/;
/** What cores are called. */
const CORES = {
  cpu: "The program for the CPU",
  threads: "The program with threads",
  webgpu: "The program for WebGPU",
};
/** Milliseconds for which news that ask for nothing stay. */
const NEWS = 12_000;

export class Session {
  cards = $state.raw<Card[]>([]);
  sets = $state.raw<SetCard[]>([]);
  /** Settings as the core completes them, before anything is changed. */
  defaults = $state.raw<Settings | null>(null);
  settings = $state.raw<Settings | null>(null);
  /** The knobs of each method before anything is changed. */
  knobDefaults = $state.raw<Record<string, Settings["knobs"]>>({});
  pending = $state.raw<string[]>([]);
  learningRate = $state(0);
  /** The rate of the method's paper, scaled to the batch. */
  publishedRate = $state(0);

  state = $state<State>("empty");
  images = $state.raw<ImageSet | null>(null);
  skipped = $state.raw<Skipped[]>([]);
  /** How drawn sets are drawn, where the learner has changed it. */
  options = $state.raw<Record<string, ShapesOptions>>({});
  /** Files read and to read, while files are being read. */
  reading = $state.raw<{ done: number; total: number } | null>(null);

  device = $state.raw<DeviceCard | null>(null);
  /** Why the CPU computes in one thread, if it does. */
  alone = $state<string | null>(null);
  /** A core that is faster than the one in use, until it is taken or put away. */
  faster = $state<NonNullable<News["faster"]> | null>(null);
  started = $state.raw<Of<"started"> | null>(null);
  /** Whether the first step is being waited for. */
  preparing = $state(false);
  stepped = $state.raw<Omit<Of<"stepped">, "losses"> | null>(null);
  loss = $state.raw<Of<"stepped">["losses"][number] | null>(null);
  views = $state.raw<Of<"views"> | null>(null);
  map = $state.raw<Of<"map"> | null>(null);
  space = $state<Space>("h");
  health = $state.raw<Of<"health"> | null>(null);
  knn = $state.raw<Of<"knn"> | null>(null);
  evaluated = $state.raw<Of<"evaluated"> | null>(null);
  /** Whether the full score is being waited for. */
  scoring = $state(false);
  neighbours = $state.raw<Of<"neighbours"> | null>(null);

  /** Curves; `drawn` counts up when they have grown. */
  losses = new Series();
  spreads = new Series();
  scores = new Series();
  drawn = $state(0);

  /** The last command that was refused, until something succeeds. */
  refused = $state<string | null>(null);
  failed = $state<string | null>(null);
  /** Whether no worker is left. */
  dead = $state(false);
  notices = $state.raw<Notice[]>([]);
  /** The setting that was changed last by its control. */
  touched = "";
  /** What a screen reader is told; milestones only. */
  milestone = $state("");

  card = $derived(this.cards.find(({ id }) => id === this.settings?.method));
  setCard = $derived(this.sets.find(({ id }) => id === this.images?.set));
  count = $derived(this.images?.names.length ?? 0);
  ready = $derived(this.settings !== null);

  /** Whether a run is being taken up after a death: its curves are kept. */
  #recovering = false;
  /** The settings as the core last told them. */
  #confirmed: Settings | null = null;
  #notices = 0;
  #lastEpoch = 0;

  listen(client: Client): void {
    client.on("*", (report) => this.apply(report));
    client.onNews(({ alone, faster, failed, gone }) => {
      if (alone !== undefined) this.alone = alone;
      if (gone) {
        this.tell(
          "A new version of this page is there. This one goes on; reload it when it suits you.",
        );
      }
      if (faster !== undefined) this.faster = faster;
      if (failed) {
        this.tell(
          `${CORES[failed.core]} could not be built, so this page goes on without: ${failed.reason}`,
        );
      }
    });
    client.onEnd(({ reason, restarts, onCpu, gone }) => {
      this.preparing = this.scoring = false;
      this.#recovering = true;
      if (reason === null) return;
      if (restarts) {
        this.tell(
          `The training stopped working (${reason}). It was started again from the last snapshot${onCpu ? ", on the CPU" : ""}.`,
        );
      } else {
        this.dead = true;
        this.state = "failed";
        this.failed = gone
          ? "A new version of this page is there, and the training program of this one has gone with it. Reload the page."
          : !this.settings
            ? `The training program could not be loaded: ${reason}. Reload the page; it needs a server that answers and a browser with WebAssembly.`
            : `The training stopped working three times in a row, on the CPU as well: ${reason}. Reload the page; if it happens again, choose fewer or smaller images or a narrower encoder.`;
      }
    });
  }

  /** Another run or other images are asked for: the curves of the last run go. */
  fresh(): void {
    this.#recovering = false;
  }

  /** Shows a notice and tells it to screen readers. */
  tell(text: string, path: string | null = null, error = true): void {
    // The latest news take the place of the last.
    const others = this.notices.filter(
      (notice) => notice.text !== text && (error || notice.error),
    );
    const id = ++this.#notices;
    const shown = path === this.touched && TELLING.test(path);
    this.notices = [...others.slice(-3), { id, text, path, error, shown }];
    this.milestone = text;
    if (!error) setTimeout(() => this.dismiss(id), NEWS);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /** Forgets what was said of a control. */
  settle(path: string): void {
    if (this.problem(path)) {
      this.notices = this.notices.filter((notice) => notice.path !== path);
    }
  }

  /** Forgets what was said of any control. */
  #settleAll(): void {
    this.notices = this.notices.filter(({ path }) => path === null);
  }

  problem(path: string): string | undefined {
    return this.notices.findLast((notice) => notice.path === path)?.text;
  }

  /** What a knob starts at. */
  knobDefault(field: string): Settings["knobs"][string] | undefined {
    return this.knobDefaults[this.settings?.method ?? ""]?.[field];
  }

  /** Takes in one event. */
  apply(report: Event): void {
    switch (report.type) {
      case "ready":
        this.cards = report.methods;
        this.sets = report.sets.map(tidy);
        this.defaults ??= tidy(report.settings);
        this.settings ??= this.#confirmed = this.defaults;
        break;
      case "configured":
        this.settings = this.#confirmed = tidy(report.settings);
        this.#learnDefaults(this.settings);
        this.pending = report.pending;
        this.learningRate = report.learningRate;
        this.publishedRate = report.publishedRate;
        break;
      case "loaded":
        this.#loaded(report);
        break;
      case "state":
        this.#move(report.state);
        break;
      case "started":
        this.#start(report);
        break;
      case "stepped":
        this.#step(report);
        break;
      case "views":
        this.views = report;
        break;
      case "map":
        this.map = report;
        break;
      case "health":
        this.health = report;
        this.spreads.push(report.step, {
          stdH: report.h.std,
          stdZ: report.z.std,
          rankH: report.h.effectiveRank,
          rankZ: report.z.effectiveRank,
        });
        this.drawn++;
        break;
      case "knn":
        this.knn = report;
        this.scores.push(report.step, { h: report.h, z: report.z });
        this.drawn++;
        break;
      case "evaluated":
        this.scoring = false;
        this.evaluated = report;
        break;
      case "neighbours":
        this.neighbours = report;
        break;
      case "refused":
        this.preparing = this.scoring = false;
        this.settings = this.#confirmed;
        this.refused = report.error;
        this.tell(report.error, report.path);
        break;
      case "failed":
        this.preparing = false;
        this.failed = report.error;
        this.milestone = `The run has failed: ${report.error}`;
    }
  }

  /** The first knobs a method is seen with are what it starts at. */
  #learnDefaults({ method, knobs }: Settings): void {
    if (method in this.knobDefaults) return;
    this.knobDefaults = { ...this.knobDefaults, [method]: knobs };
  }

  #loaded({ images, skipped }: Of<"loaded">): void {
    const before = this.skipped.length;
    const known = new Set(this.skipped.map(({ name }) => name));
    const fresh = skipped.filter(({ name }) => !known.has(name));
    if (fresh.length) this.skipped = [...this.skipped, ...fresh];
    this.refused = null;
    // What the address asked for in vain has not been read before the first images come.
    if (this.images) this.#settleAll();
    this.images = images;
    if (!this.#recovering) this.#clearRun();
    const left = this.skipped.length - before;
    this.milestone =
      `${images.names.length} images loaded` +
      (left ? `, ${left} files skipped` : "");
  }

  #move(state: State): void {
    if (state === this.state) return;
    this.state = state;
    if (state !== "failed") this.failed = null;
    if (state === "done") this.milestone = "Training is done";
    // A fresh run is paused before its first step: that is still being prepared.
    if (state !== "running" && state !== "paused") this.preparing = false;
  }

  #start(report: Of<"started">): void {
    this.refused = null;
    this.#settleAll();
    if (!this.#recovering) this.#clearRun();
    this.started = report;
    this.device = report.device;
    this.failed = null;
    this.milestone = `A fresh network is ready on ${report.device.name}`;
  }

  #clearRun(): void {
    this.started = null;
    this.stepped = null;
    this.loss = null;
    this.views = null;
    this.map = null;
    this.health = null;
    this.knn = null;
    this.evaluated = null;
    this.scoring = false;
    this.neighbours = null;
    this.losses.clear();
    this.spreads.clear();
    this.scores.clear();
    this.#lastEpoch = 0;
    this.drawn++;
  }

  #step(report: Of<"stepped">): void {
    this.preparing = false;
    this.#recovering = false;
    const { losses, ...rest } = report;
    this.stepped = rest;
    this.loss = losses.at(-1) ?? this.loss;
    for (const { step, total, terms } of losses) {
      const values: Record<string, number> = { total };
      for (const { id, value, weight } of terms) values[id] = value * weight;
      this.losses.push(step, values);
    }
    this.drawn++;
    const { epoch, epochs } = report;
    const every = Math.max(1, Math.round(epochs / 10));
    if (epoch !== this.#lastEpoch && epoch % every === 0 && epoch < epochs) {
      this.milestone = `Epoch ${epoch} of ${epochs}`;
    }
    this.#lastEpoch = epoch;
  }
}

export const session = new Session();
session.listen(client);
