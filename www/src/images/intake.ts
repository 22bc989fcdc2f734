// Images on their way into the core: a built-in set, or the learner's files. Until the core has taken them
// in, nothing else of the page changes: no setting, no list, no run.
import type { Answer, Question } from "../core/answers.ts";
import type {
  Bytes,
  Decoded,
  ImageSet,
  SetCard,
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
  /** Whether they are other images, not the present ones read or drawn again. */
  fresh: boolean;
};

/** What the intake stands on. */
export type Ground = {
  /** Side of the images now wanted, in pixels. */
  size(): number;
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

  /** The files of the present images. */
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
    await this.#offer({ type: "loadSet", set: card.id, options, sheet }, 1);
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
    this.#size = this.#ground.size();
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
    await this.#offer({ type: "addImages", size, files }, files.length);
  }

  async #offer(command: Question, total: number): Promise<void> {
    const turn = this.#turn;
    const files = this.#files;
    this.#show({ is: "offered", total });
    const answer = await this.#ground.ask(command);
    if (turn !== this.#turn) return;
    const source = this.#source;
    if (answer === null && files.length > 0) {
      // The pixels have gone with the worker.
      this.#begin(source);
      this.#read(files);
    } else if (!answer || answer.type === "refused") {
      this.#end({ is: "refused" });
    } else {
      if (!source.card) {
        this.#kept = source.fresh ? [...this.#kept, ...files] : files;
      }
      this.#end({ is: "taken" });
      this.#ground.taken(source);
    }
  }

  #show(stage: Stage): void {
    this.#stage = stage;
    this.#ground.show(stage);
  }
}

const key = ({ name, file }: Found) =>
  `${file.size} ${file.lastModified} ${name}`;
