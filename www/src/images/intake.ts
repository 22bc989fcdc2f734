// Images on their way into the core: a built-in set, or the learner's files. Until the core has taken them
// in, nothing else of the page changes: no setting, no list, no run.
import type { Answer, Question } from "../core/answers.ts";
import type {
  Bytes,
  Decoded,
  ImageSet,
  SetCard,
  Settings,
  ShapesOptions,
  Skipped,
} from "../protocol.ts";
import type { Found } from "./files.ts";

/** Where they are. `taken` and `refused` rest, as `idle` does. */
export type Stage =
  | { is: "idle" }
  /** How many files have been read; none of a set, which is fetched. */
  | { is: "reading"; done: number; total: number }
  | { is: "offered"; total: number }
  | { is: "taken" }
  | { is: "refused" };

/** What is on its way. */
export type Source = {
  /** The built-in set; null for files. */
  card: SetCard | null;
  /** Whether they are other images, not the present ones read, drawn or sorted again. */
  fresh: boolean;
  /** What was done to the present images, if they were changed. */
  what?: string;
};

/** What the intake stands on. */
export type Ground = {
  /** The settings, and with them the side of the images now wanted. */
  settings(): Settings;
  /** How a set is drawn. */
  options(card: SetCard): ShapesOptions | null;
  /** The picture that a set is cut from. */
  fetch(sheet: string): Promise<Bytes>;
  /** What is in a file; `halt` leaves files unanswered. */
  decode(file: File, size: number): Promise<Decoded>;
  halt(): void;
  ask(command: Question): Promise<Answer>;
  /** Tells where images are. */
  show(stage: Stage): void;
  /** Lists files that cannot be used. */
  skip(files: Skipped[]): void;
  /** Says why nothing was offered. */
  tell(why: string): void;
  /** The core has taken in what came from there. */
  taken(source: Source): void;
};

export class Intake {
  #ground: Ground;
  #stage: Stage = { is: "idle" };
  #source: Source = { card: null, fresh: true };
  /** The files whose images the core has. */
  #kept: Found[] = [];
  /** Files on their way, what has come of them so far, and files that are to follow them. */
  #files: Found[] = [];
  #decoded: Decoded[] = [];
  #next: Found[] = [];
  /** Side of their images. */
  #size = 0;
  /** Counts what was begun: what comes of anything before is not heeded. */
  #turn = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Whether images are on their way. */
  get busy(): boolean {
    return this.#stage.is === "reading" || this.#stage.is === "offered";
  }

  /** The files of the present images, in their order; none of a set, or of images without files. */
  get files(): Found[] {
    return this.#kept;
  }

  /** The present images come from these files. */
  hold(files: Found[]): void {
    this.#kept = files;
  }

  /** Whether the present images could not be had at this size. */
  failedAt(size: number): boolean {
    const { fresh } = this.#source;
    return this.#stage.is === "refused" && !fresh && this.#size === size;
  }

  /** Has a built-in set take the place of all images. */
  async load(card: SetCard, fresh: boolean): Promise<void> {
    this.#begin({ card, fresh });
    const turn = this.#turn;
    let sheet: Bytes | null = null;
    if (card.sheet) {
      this.#show({ is: "reading", done: 0, total: 0 });
      try {
        sheet = await this.#ground.fetch(card.sheet);
      } catch (error) {
        if (turn !== this.#turn) return;
        this.#ground.tell(
          `The set ${card.title} could not be fetched: ${error}`,
        );
        return this.#end({ is: "refused" });
      }
      if (turn !== this.#turn) return;
    }
    const options = this.#ground.options(card);
    await this.#offer({ type: "loadSet", set: card.id, options, sheet }, []);
  }

  /** Adds files to the learner's own, or has them take the place of a set. */
  add(all: Found[]): void {
    const own = [...this.#kept, ...this.#files, ...this.#next];
    const known = new Set(own.map(key));
    const again: Skipped[] = [];
    const fresh = all.filter((found) => {
      const { size } = known;
      if (known.add(key(found)).size > size) return true;
      again.push({ name: found.name, reason: "already added" });
      return false;
    });
    this.#ground.skip(again);
    if (fresh.length === 0) return;
    const { is } = this.#stage;
    if (is === "offered") this.#next.push(...fresh);
    else if (this.#files.length > 0 && is === "reading") this.#read(fresh);
    else {
      this.#begin({ card: null, fresh: true });
      this.#read(fresh);
    }
  }

  /** Reads all files again, at the size now wanted. */
  readAgain(): void {
    if (this.#kept.length === 0) return;
    this.#begin({ card: null, fresh: false });
    this.#read(this.#kept);
  }

  /** Has images take the place of the learner's own; `files` are what they come from. Whether it came to that. */
  replace(images: ImageSet, files: Found[], what: string): Promise<boolean> {
    this.#begin({ card: null, fresh: false, what });
    const settings = this.#ground.settings();
    return this.#offer(
      { type: "restore", images, settings, checkpoint: null },
      files,
    );
  }

  /** The core has these images: files of others are forgotten. */
  settle({ set, names }: ImageSet): void {
    if (set !== null || names.length === 0) this.#kept = [];
  }

  /** Lets go of what is on its way. */
  halt(): void {
    this.#next = [];
    this.#end({ is: "idle" });
  }

  #begin(source: Source): void {
    this.#drop();
    this.#source = source;
    this.#size = this.#ground.settings().size;
  }

  #drop(): void {
    this.#turn++;
    this.#ground.halt();
    this.#files = [];
    this.#decoded = [];
    this.#stage = { is: "idle" };
  }

  #end(stage: Stage): void {
    this.#drop();
    this.#show(stage);
    const next = this.#next.splice(0);
    if (next.length > 0) this.add(next);
  }

  /** Reads files after those that are being read; the core is offered all in their order. */
  #read(found: Found[]): void {
    const turn = this.#turn;
    const first = this.#files.length;
    this.#files = [...this.#files, ...found];
    this.#count(0);
    found.forEach(async ({ file }, at) => {
      const decoded = await this.#ground.decode(file, this.#size);
      if (turn !== this.#turn) return;
      this.#decoded[first + at] = decoded;
      this.#count(1);
    });
  }

  #count(more: number): void {
    const total = this.#files.length;
    const done = more + (this.#stage.is === "reading" ? this.#stage.done : 0);
    this.#show({ is: "reading", done, total });
    if (done === total) void this.#give();
  }

  /** All files are read. */
  async #give(): Promise<void> {
    const files = this.#files.map(({ name }, i) => ({
      name,
      decoded: this.#decoded[i]!,
    }));
    const skipped = files.flatMap(({ name, decoded }) =>
      "reason" in decoded ? [{ name, reason: decoded.reason }] : [],
    );
    if (skipped.length === files.length) {
      this.#ground.skip(skipped);
      this.#ground.tell("None of these files can be used; the images stay.");
      return this.#end({ is: "refused" });
    }
    const size = this.#size;
    const usable = this.#files.filter((_, i) => "pixels" in this.#decoded[i]!);
    await this.#offer({ type: "addImages", size, files }, usable);
  }

  /** Offers images, and the files that they come from. Whether they were taken. */
  async #offer(command: Question, from: Found[]): Promise<boolean> {
    const turn = this.#turn;
    const files = this.#files;
    this.#show({ is: "offered", total: Math.max(1, from.length) });
    const answer = await this.#ground.ask(command);
    if (turn !== this.#turn) return false;
    const source = this.#source;
    if (answer === null && files.length > 0) {
      // The pixels have gone with the worker.
      this.#begin(source);
      this.#read(files);
      return false;
    }
    if (!answer || answer.type === "refused") {
      this.#end({ is: "refused" });
      return false;
    }
    if (!source.card) {
      const all = source.fresh ? [...this.#kept, ...from] : from;
      this.#kept =
        answer.type === "loaded" ? used(all, answer.images.names) : all;
    }
    this.#end({ is: "taken" });
    this.#ground.taken(source);
    return true;
  }

  #show(stage: Stage): void {
    this.#stage = stage;
    this.#ground.show(stage);
  }
}

/** The files that have become images of these names; those of the system have not. */
function used(files: Found[], names: string[]): Found[] {
  let at = 0;
  return files.filter(({ name }) => name === names[at] && ++at);
}

const key = ({ name, from, file }: Found) =>
  `${file.size} ${file.lastModified} ${from ?? name}`;
