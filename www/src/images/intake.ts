// Images on their way into the core: a built-in set, or the learner's files. Until the core has taken them
// in, nothing else of the page changes: no setting, no list, no run.
import type { Answer, Question } from "../core/answers.ts";
import type {
  ImageSet,
  SetCard,
  Settings,
  ShapesOptions,
  SheetCard,
  Skipped,
  Squares,
} from "../protocol.ts";
import { AGAIN, again, full, HIDDEN } from "./again.ts";
import type { Decoded, Listed } from "./decoder.ts";
import { isZip, type Found, type Gathered } from "./files.ts";
import {
  afresh,
  coming,
  foundIn,
  hidden,
  refusals,
  refusedAs,
  type Coming,
} from "./coming.ts";
import { Pace } from "./pace.ts";
import { Strip } from "./strip.ts";
import { entriesOf, Known } from "./known.ts";

/** Where they are. `taken` and `refused` rest, as `idle` does. */
export type Stage =
  | { is: "idle" }
  /** How many files have been read, and how many a second; none of a set, which is fetched. `again`: those
   * of the present images. */
  | {
      is: "reading";
      done: number;
      total: number;
      rate: number | null;
      again: boolean;
    }
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
  /** The images of a set that is a picture. */
  fetch(sheet: SheetCard, size: number): Promise<Squares>;
  /** What is in a file, unless it is the same as one of its twins; `halt` leaves files unanswered. */
  decode(found: Found, size: number, twins: File[]): Promise<Decoded>;
  /** What is in a zip. */
  list(found: Found, twins: File[]): Promise<Listed | { reason: string }>;
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

/** What is fetched tells nothing of how far it is. */
const UNKNOWN = { is: "reading", done: 0, total: 0, rate: null } as const;

/** Milliseconds between two looks at how far the reading is. */
const LOOK = 100;

const EMPTY = "there are no files in the zip";

export class Intake {
  #ground: Ground;
  #stage: Stage = { is: "idle" };
  #source: Source = { card: null, fresh: true };
  /** The files whose images the core has. */
  #kept: Found[] = [];
  /** Files on their way, and files that are to follow them. */
  #files: Coming[] = [];
  #next: Gathered[] = [];
  /** How many have been read, and of how many. */
  #done = 0;
  #total = 0;
  #pace = new Pace();
  #look: ReturnType<typeof setTimeout> | undefined;
  /** Side of their images. */
  #size = 0;
  /** Their squares, in their order, and how many of the files have been asked for theirs. */
  #strip = new Strip();
  #placed = 0;
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

  /** Whether other images are on their way, not the present ones once more. */
  get fresh(): boolean {
    return this.#source.fresh;
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
    let squares: Squares | null = null;
    if (card.sheet) {
      this.#show({ ...UNKNOWN, again: !fresh });
      try {
        squares = await this.#ground.fetch(card.sheet, this.#size);
      } catch (error) {
        if (turn !== this.#turn) return;
        this.#ground.tell(
          `The set ${card.title} could not be fetched: ${(error as Error).message}`,
        );
        return this.#end({ is: "refused" });
      }
      if (turn !== this.#turn) return;
    }
    const options = this.#ground.options(card);
    await this.#offer({ type: "loadSet", set: card.id, options, squares }, []);
  }

  /** Adds files to the learner's own, or has them take the place of a set. */
  add(came: Gathered): void {
    if (this.#stage.is === "offered") {
      this.#next.push(came);
      return;
    }
    const reading = this.#stage.is === "reading" && this.#files.length > 0;
    const before = reading ? this.#files.flatMap(foundIn) : [];
    const known = new Known([...this.#kept, ...before]);
    const twice: Skipped[] = [];
    const fresh = came.found.flatMap((found): Coming[] => {
      const twins = known.add(found);
      if (twins) return [{ name: found.name, found, twins }];
      twice.push({ name: found.name, reason: again() });
      return [];
    });
    this.#ground.skip(twice);
    const refused = came.skipped.map(refusedAs);
    if (!reading && fresh.length === 0) {
      if (refused.length > 0) this.#none(came.skipped);
      return;
    }
    if (!reading) this.#begin({ card: null, fresh: true });
    this.#read([...fresh, ...refused, ...hidden(came.hidden)]);
  }

  /** Reads all files again, at the size now wanted. */
  readAgain(): void {
    if (this.#kept.length === 0) return;
    this.#begin({ card: null, fresh: false });
    this.#read(this.#kept.map((found) => coming({ found, reason: null })));
  }

  /** Takes what has been read so far, and leaves the rest. */
  stop(): void {
    if (this.#stage.is !== "reading" || this.#files.length === 0) return;
    this.#turn++;
    this.#ground.halt();
    this.#rest();
    void this.#give();
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
    this.#rest();
    this.#files = [];
    this.#strip = new Strip();
    this.#placed = this.#done = this.#total = 0;
    this.#pace = new Pace();
    this.#stage = { is: "idle" };
  }

  /** What is shown stays. */
  #rest(): void {
    clearTimeout(this.#look);
    this.#look = undefined;
  }

  #end(stage: Stage): void {
    this.#drop();
    this.#show(stage);
    for (const came of this.#next.splice(0)) this.add(came);
  }

  /** Reads files after those that are being read; the core is offered all in their order. */
  #read(coming: Coming[]): void {
    const turn = this.#turn;
    this.#files = this.#files.concat(coming);
    this.#total += coming.length;
    for (const file of coming) {
      const { found, decoded } = file;
      if (decoded !== undefined) this.#done++;
      else if (found && !isZip(found)) void this.#decode(file, found, turn);
    }
    const zips = coming.filter(({ found }) => found && isZip(found));
    void this.#unpack(zips, turn);
    this.#tell();
    this.#count(0);
  }

  async #decode(file: Coming, found: Found, turn: number): Promise<void> {
    const decoded = await this.#ground.decode(found, this.#size, file.twins);
    if (turn !== this.#turn) return;
    const is = "reason" in decoded && decoded.reason === AGAIN;
    file.decoded = is ? { reason: again() } : decoded;
    this.#place();
    this.#count(1);
  }

  /** Has squares lie in the order of their files: one that is early waits, unless it is the `end`. */
  #place(end = false): void {
    for (; this.#placed < this.#files.length; this.#placed++) {
      const file = this.#files[this.#placed]!;
      const { decoded } = file;
      if (decoded === undefined && !end) return;
      if (!decoded || decoded === "placed" || "reason" in decoded) continue;
      const placed = this.#strip.add(decoded.pixels, this.#files.length);
      file.decoded = placed ? "placed" : { reason: full() };
    }
  }

  /** Has the files in zips follow, zip by zip, so that one drop has one order. */
  async #unpack(zips: Coming[], turn: number): Promise<void> {
    const lists = zips.map(async (zip) => {
      return { zip, list: await this.#ground.list(zip.found!, zip.twins) };
    });
    for (const listed of lists) {
      const { zip, list } = await listed;
      if (turn !== this.#turn) return;
      if ("reason" in list || list.entries.length === 0) {
        zip.decoded = "reason" in list ? list : { reason: EMPTY };
        this.#count(1);
        continue;
      }
      zip.decoded = null;
      this.#total--;
      // It is one of those whose files are there, but for what was removed.
      const twin = zip.twins[list.twin];
      const found = twin ? { ...zip.found!, file: twin } : zip.found!;
      const there = [...this.#kept, ...this.#files.flatMap(foundIn)].flatMap(
        ({ file, entry }) => (file === twin ? (entry ?? []) : []),
      );
      const entries = entriesOf(found, list, zips.length > 1, there);
      this.#read([...entries.map(coming), ...hidden(list.hidden)]);
    }
  }

  #count(more: number): void {
    this.#done += more;
    if (this.#done === this.#total) {
      this.#tell();
      void this.#give();
    } else if (this.#look === undefined) {
      // Thousands of files a second would leave no time for anything else.
      this.#look = setTimeout(() => this.#tell(), LOOK);
    }
  }

  #tell(): void {
    this.#rest();
    const [done, total] = [this.#done, this.#total];
    const rate = this.#pace.at(done);
    this.#show({ is: "reading", done, total, rate, again: !this.fresh });
  }

  /** None of these files can be used. */
  #none(skipped: Skipped[]): void {
    const [first] = skipped;
    this.#ground.skip(skipped);
    let why = "None of these files can be used; the images stay.";
    if (first && skipped.every(({ reason }) => reason === again())) {
      why = "These files are there already; nothing was added.";
    } else if (skipped.length === 1) {
      why = `${first!.name}: ${first!.reason}. The images stay.`;
    }
    this.#ground.tell(why);
  }

  /** All files are read, or as many as are wanted. */
  async #give(): Promise<void> {
    this.#place(true);
    const usable = this.#files.flatMap(({ found, decoded }) =>
      found && decoded === "placed" ? [found] : [],
    );
    const others = refusals(this.#files);
    const skipped = others.filter(({ reason }) => reason !== HIDDEN);
    if (usable.length === 0) {
      this.#none(skipped);
      return this.#end({ is: "refused" });
    }
    const images = {
      size: this.#size,
      names: usable.map(({ name }) => name),
      pixels: this.#strip.take(),
      skipped,
      ignored: others.length - skipped.length,
    };
    await this.#offer({ type: "addImages", ...images }, usable);
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
      this.#read(files.map(afresh));
      return false;
    }
    if (!answer || answer.type === "refused") {
      this.#end({ is: "refused" });
      return false;
    }
    if (!source.card) {
      this.#kept = source.fresh ? [...this.#kept, ...from] : from;
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
