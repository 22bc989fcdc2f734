// What the page knows of the session, in one object: events write it, views read it. What belongs to one
// run is in its `run`.
import type { Client, End, News } from "../core/client.ts";
import { merge, nest, tidy } from "../lib/paths.ts";
import type { Stage } from "../images/intake.ts";
import type {
  Advice,
  Card,
  DeviceCard,
  Event,
  ImageSet,
  Measured,
  ReadingCard,
  Row,
  SetCard,
  Settings,
  ShapesOptions,
  Skipped,
  State,
} from "../protocol.ts";
import { client } from "./client.ts";
import { notices } from "./notices.svelte.ts";
import { Run } from "./run.svelte.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** What cores are called. */
const CORES = {
  cpu: "The program for the CPU",
  threads: "The program with threads",
  webgpu: "The program for WebGPU",
};

/** Settings with what suits the images. */
export function advised(settings: Settings, advice: Advice[]): Settings {
  return advice.reduce(
    (changed, { path, value }) => merge(changed, nest(path, value)),
    settings,
  );
}

export class Session {
  cards = $state.raw<Card[]>([]);
  /** Everything that can be turned, with the knobs of every method. */
  table = $state.raw<Row[]>([]);
  /** Everything that is measured of h and z. */
  readings = $state.raw<ReadingCard[]>([]);
  sets = $state.raw<SetCard[]>([]);
  /** Settings as the core completes them, before anything is changed. */
  defaults = $state.raw<Settings | null>(null);
  settings = $state.raw<Settings | null>(null);
  learningRate = $state(0);
  /** The rate of the method's paper, scaled to the batch. */
  publishedRate = $state(0);

  /** Seconds of a whole run, about, as the core foresees it; null without images. */
  seconds = $state<number | null>(null);

  /** The loss of the run where embeddings say nothing, if that is known. */
  lossAtChance = $state<number | null>(null);

  images = $state.raw<ImageSet | null>(null);
  /** Settings that suit the images, each with its reason. */
  advice = $state.raw<Advice[]>([]);
  /** Files that could not be used. */
  skipped = $state.raw<Skipped[]>([]);
  /** How drawn sets are drawn, where the learner has changed it. */
  options = $state.raw<Record<string, ShapesOptions>>({});
  /** Where further images on their way are. */
  intake = $state.raw<Stage>({ is: "idle" });

  state = $state<State>("empty");
  run = $state.raw(new Run());
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

  card = $derived(this.cards.find(({ id }) => id === this.settings?.method));
  /** The reading by which is judged what was learned, and what it last came to. */
  headline = $derived(this.readings.find(({ headline }) => headline));
  score = $derived.by((): Measured | undefined => {
    const values = this.run.readings?.values;
    return values?.find(({ id }) => id === this.headline?.id);
  });
  /** What can be turned now. */
  rows = $derived(
    this.table.filter(
      ({ method }) => method === null || method === this.settings?.method,
    ),
  );
  setCard = $derived(this.sets.find(({ id }) => id === this.images?.set));
  /** What the method begins with, whatever the images are. */
  plain = $derived.by((): Settings | null => {
    if (!this.defaults) return null;
    const knobs = this.rows.flatMap(({ method, path, default: value }) =>
      method === null ? [] : [[path.slice("knobs.".length), value]],
    );
    return { ...this.defaults, knobs: Object.fromEntries(knobs) };
  });
  /** What the method and the images begin with: "Back to default" goes here. */
  usual = $derived(this.plain && advised(this.plain, this.advice));
  count = $derived(this.images?.names.length ?? 0);
  ready = $derived(this.settings !== null);
  /** Files read and to read, while files are being read. */
  reading = $derived(this.intake.is === "reading" ? this.intake : null);
  /** Whether images are on their way. */
  waiting = $derived(["reading", "offered"].includes(this.intake.is));
  /** Why the run, or all training, has ended. */
  failed = $derived(this.dead ?? this.run.error);

  /** The state before this one. */
  #left: State = "empty";
  /** How the sets were drawn that the core has taken in. */
  #drawn: Record<string, ShapesOptions> = {};
  /** The settings as the core last told them. */
  #confirmed: Settings | null = null;

  listen(client: Client): void {
    client.on("*", (event) => this.apply(event, client.restoring));
    client.onNews((news) => this.#hear(news));
    client.onEnd((end) => this.#end(end));
  }

  #hear({ alone, faster, failed, gone }: News): void {
    if (alone !== undefined) this.alone = alone;
    if (faster !== undefined) this.faster = faster;
    if (gone) {
      notices.tell(
        "A new version of this page is there. This one goes on; reload it when it suits you.",
      );
    }
    if (failed) {
      notices.tell(
        `${CORES[failed.core]} could not be built, so this page goes on without: ${failed.reason}`,
      );
    }
  }

  #end({ reason, restarts, onCpu, from, gone }: End): void {
    this.run.giveUp();
    if (reason === null) return;
    this.preparing = false;
    if (restarts) {
      const where = onCpu ? ", on the CPU" : "";
      const how = {
        nothing: `It is started again${where}.`,
        snapshot: `It goes on from the last snapshot${where}.`,
        beginning: `There was no snapshot yet, so the run begins again${where}.`,
      };
      notices.tell(`The training stopped working (${reason}). ${how[from]}`);
      return;
    }
    this.state = "failed";
    this.dead = gone
      ? "A new version of this page is there, and the training program of this one has gone with it. Reload the page."
      : !this.settings
        ? `The training program could not be loaded: ${reason}. Reload the page; it needs a server that answers and a browser with WebAssembly.`
        : `The training stopped working three times in a row, on the CPU as well: ${reason}. Reload the page; if it happens again, choose fewer or smaller images or a narrower encoder.`;
  }

  /** Images are on their way. */
  follow(stage: Stage): void {
    this.intake = stage;
    // How a set is drawn is shown at once, and taken back if the core refuses it.
    if (stage.is === "taken") this.#drawn = this.options;
    if (stage.is === "refused") this.options = this.#drawn;
  }

  /** What the table says of a setting. */
  row(path: string): Row | undefined {
    return this.rows.find((row) => row.path === path);
  }

  /** What a setting, or one of its words, is called. */
  name(path: string): string {
    return this.row(path)?.label ?? path;
  }
  word(path: string, value: string): string {
    const kind = this.row(path)?.kind;
    const options = kind?.type === "choice" ? kind.options : [];
    return options.find((option) => option.value === value)?.label ?? value;
  }

  /** Lists further files that cannot be used, each once. */
  skip(files: Skipped[]): void {
    const listed = new Set(this.skipped.map(({ name }) => name));
    const fresh = files.filter(({ name }) => !listed.has(name));
    if (fresh.length > 0) this.skipped = [...this.skipped, ...fresh];
  }

  /** Takes in one event. `restoring`: another worker tells what the last one had. */
  apply(event: Event, restoring: boolean): void {
    switch (event.type) {
      case "ready":
        this.cards = event.methods;
        this.table = event.table;
        this.readings = event.readings;
        this.sets = event.sets.map(tidy);
        this.defaults ??= tidy(event.settings);
        this.settings ??= this.#confirmed = this.defaults;
        break;
      case "configured":
        this.settings = this.#confirmed = tidy(event.settings);
        this.run.pending = event.pending;
        this.learningRate = event.learningRate;
        this.publishedRate = event.publishedRate;
        this.seconds = event.seconds;
        this.lossAtChance = event.lossAtChance;
        break;
      case "loaded":
        this.#load(event, restoring);
        break;
      case "state":
        this.#move(event.state);
        break;
      case "started":
        this.#start(event, restoring);
        break;
      case "refused":
        this.preparing = false;
        this.run.giveUp();
        this.settings = this.#confirmed;
        this.refused = event.error;
        if (restoring) this.run = new Run();
        notices.tell(event.error, event.path);
        break;
      case "stepped":
        this.preparing = false;
        this.#tellEpoch(event);
        this.run.apply(event);
        break;
      case "failed":
        this.preparing = false;
        notices.milestone = `The run has failed: ${event.error}`;
        this.run.apply(event);
        break;
      case "verdict":
        if (event.next.length > 0) {
          const { collapse, learned } = event;
          notices.milestone = `${collapse.sentence} ${learned.sentence}`;
        }
        this.run.apply(event);
        break;
      case "views":
      case "map":
      case "readings":
      case "evaluated":
      case "neighbours":
        this.run.apply(event);
        break;
      case "checkpoint":
      case "lost":
        // For the client alone.
        break;
      default:
        event satisfies never;
    }
  }

  #load({ images, skipped, advice }: Of<"loaded">, restoring: boolean): void {
    // Without images, what was chosen for the last ones stays.
    if (images.names.length > 0) this.advice = advice.map(tidy);
    if (restoring) {
      this.images = images;
      return;
    }
    // The learner's own files are added to each other; a set and files replace one another.
    const own = images.set === null && images.names.length > 0;
    if (!own || this.images?.set !== null) this.skipped = [];
    const before = this.skipped.length;
    this.skip(skipped);
    this.refused = null;
    // What the address asked for in vain has not been read before the first images come.
    if (this.images) notices.settleAll();
    this.images = images;
    if (this.run.started) {
      this.ended = this.#left === "running" ? "running" : "resting";
    }
    this.run = new Run();
    const left = this.skipped.length - before;
    notices.milestone =
      `${images.names.length} images loaded` +
      (left ? `, ${left} files skipped` : "");
  }

  #move(state: State): void {
    if (state === this.state) return;
    this.#left = this.state;
    this.state = state;
    if (state !== "failed") this.run.error = null;
    // A score is of one network: training gives it up.
    if (state === "running") this.run.scoring = false;
    if (state === "done") notices.milestone = "Training is done";
    // A fresh run is paused before its first step: that is still being prepared.
    if (state !== "running" && state !== "paused") this.preparing = false;
  }

  #start(started: Of<"started">, restoring: boolean): void {
    this.device = started.device;
    if (restoring) return;
    this.refused = null;
    notices.settleAll();
    this.run = new Run(started);
    notices.milestone = `A fresh network is ready on ${started.device.name}`;
  }

  #tellEpoch({ epoch, epochs }: Of<"stepped">): void {
    const before = this.run.stepped?.epoch ?? 0;
    const every = Math.max(1, Math.round(epochs / 10));
    if (epoch !== before && epoch % every === 0 && epoch < epochs) {
      notices.milestone = `Epoch ${epoch} of ${epochs}`;
    }
  }
}

export const session = new Session();
session.listen(client);
