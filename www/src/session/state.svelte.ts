// What the page knows whatever is trained: what the core can do, and the images. What belongs to a run is in
// `run.svelte.ts`.
import { tidy } from "../lib/paths.ts";
import type { Stage } from "../images/intake.ts";
import type {
  Advice,
  Event,
  ImageSet,
  Settings,
  ShapesOptions,
  Skipped,
} from "../protocol.ts";
import { language } from "./language.svelte.ts";
import { notices } from "./notices.svelte.ts";
import { cards, factors, reason, reword, rows, word } from "./wording.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

type Told = Pick<Of<"ready">, "methods" | "table" | "readings" | "sets">;

export class Session {
  /** As the core tells it. */
  #told = $state.raw<Told>({ methods: [], table: [], readings: [], sets: [] });

  /** What it tells, in the language of the page. */
  cards = $derived(cards(this.#told.methods, language.files));
  /** Everything that can be turned, with the knobs of every method. */
  table = $derived(rows(this.#told.table, language.files));
  /** Everything that is measured of h and z. */
  readings = $derived(reword(this.#told.readings, language.files.readings));
  sets = $derived(reword(this.#told.sets, language.files.sets));
  /** Settings as the core completes them, before anything is changed. */
  defaults = $state.raw<Settings | null>(null);

  images = $state.raw<ImageSet | null>(null);
  /** Settings that suit the images, each with its reason. */
  advice = $state.raw<Advice[]>([]);
  /** Files that could not be used. */
  skipped = $state.raw<Skipped[]>([]);
  /** What was found in the images that came last, in sentences. */
  notes = $state.raw<string[]>([]);
  /** How drawn sets are drawn, where the learner has changed it. */
  options = $state.raw<Record<string, ShapesOptions>>({});
  /** Where further images on their way are. */
  intake = $state.raw<Stage>({ is: "idle" });

  /** The card of the reading of this id, if there is one. */
  cardOf = (id: string) => this.readings.find((card) => card.id === id);
  /** What is known of the images, as it is called. */
  factors = $derived(factors(this.images, language.files));
  /** What a part of a reading is called: a term of a loss as on its card. */
  word = (part: string): string => {
    const [told, said] = [this.#told.methods, this.cards].map((cards) =>
      cards.flatMap(({ terms }) => terms.map(({ label }) => label)),
    );
    return said![told!.indexOf(part)] ?? word(part, language.files);
  };
  /** Why a setting was chosen, in the language of the page. */
  reason = (why: string) => reason(why, this.#told.sets, this.sets);
  /** The reading by which is judged what was learned. */
  headline = $derived(this.readings.find(({ headline }) => headline));
  setCard = $derived(this.sets.find(({ id }) => id === this.images?.set));
  count = $derived(this.images?.names.length ?? 0);
  labelled = $derived((this.images?.factors.length ?? 0) > 0);
  /** How many files a drop has been found to hold, while that is looked for. */
  gathering = $state<number | null>(null);
  /** Files read and to read, while files are being read. */
  reading = $derived(this.intake.is === "reading" ? this.intake : null);
  /** Whether what has been read so far can be had without the rest. */
  stoppable = $derived(this.intake.is === "reading" && !this.intake.again);
  /** Whether images are on their way. */
  waiting = $derived(["reading", "offered"].includes(this.intake.is));

  /** How the sets were drawn that the core has taken in. */
  #drawn: Record<string, ShapesOptions> = {};

  /** Images are on their way. */
  follow(stage: Stage): void {
    this.intake = stage;
    // How a set is drawn is shown at once, and taken back if the core refuses it.
    if (stage.is === "taken") this.#drawn = this.options;
    if (stage.is === "refused") this.options = this.#drawn;
  }

  /** Lists further files that cannot be used. Two may have one name. */
  skip(files: Skipped[]): void {
    if (files.length > 0) this.skipped = [...this.skipped, ...files];
  }

  /** A core tells what it can do: each tells the same. */
  learn({ methods, table, readings, sets, settings }: Of<"ready">): void {
    if (this.defaults) return;
    this.#told = { methods, table, readings, sets: sets.map(tidy) };
    this.defaults = tidy(settings);
  }

  /** The core has taken in images. `restoring`: another worker has taken in those of the last. */
  take(
    { images, skipped, notes, advice }: Of<"loaded">,
    restoring: boolean,
  ): void {
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
    this.notes = notes;
    // What the address asked for in vain has not been read before the first images come.
    if (this.images) notices.settleAll();
    this.images = images;
    const left = this.skipped.length - before;
    notices.milestone =
      `${images.names.length} images loaded` +
      (left ? `, ${left} files skipped` : "");
  }
}

export const session = new Session();
