// A decode worker: its own small wasm, which turns one file after another into a square.
import "../lib/rejections.ts";
import { load, type Files } from "../core/load.ts";
import type { Bytes } from "../protocol.ts";
import { AGAIN, HIDDEN } from "./again.ts";
import { byBrowser } from "./browser.ts";

/** What the pool asks for: the middle square of a file, `size` pixels wide and high. */
export type Order = {
  /** Its name with its folders. */
  name: string;
  /** The file, or the zip that it is in. */
  file: File;
  /** The same for one `File` whenever it is sent: what arrives is a copy. */
  id: number;
  /** Its place in the zip; null for a file that is in none, `list` for what is in a zip. */
  entry: number | "list" | null;
  size: number;
  /** Files that may be the same by all that is known without reading them. */
  twins: File[];
};

/** What else it asks for: what the picture of a built-in set is laid out of. */
export type Cut = {
  picture: Bytes;
  /** Side of each square in it, in pixels. */
  tile: number;
  /** Side that they are to have. */
  size: number;
};

/** What has come of a file: its square, or of a picture all that are cut of it; or why it cannot be used. */
export type Decoded = { pixels: Bytes } | { reason: string };

/** What is in a zip. */
export type Listed = {
  entries: { name: string; reason: string | null }[];
  /** What systems have left there. */
  hidden: string[];
  /** Which of the twins it is the same as; -1 for none. */
  twin: number;
};

/** What it answers: first that it is ready, or why not, then what is in each file. */
export type Answer = null | { failed: string } | Decoded | Listed;

/** What the wasm's script exports; what it refuses it throws, as a string. */
export type Decoding = {
  decode(bytes: Uint8Array, size: number): Uint8Array;
  cut(picture: Uint8Array, tile: number, size: number): Uint8Array;
  check(head: Uint8Array, length: number): void;
  foreign(head: Uint8Array, length: number): string | undefined;
  square(
    rgba: Uint8ClampedArray,
    width: number,
    height: number,
    size: number,
  ): Uint8Array;
  fits(width: number, height: number): void;
  isLeftover(name: string): boolean;
  Zip: new (file: Blob) => Zip;
};

/** An open zip: what it tells of its files is told in their order, without those of the system. */
type Zip = {
  names(): string[];
  lengths(): Float64Array;
  /** Why each is not read; empty where the list of the zip tells no reason. */
  reasons(): string[];
  leftovers(): string[];
  decode(entry: number, size: number): Uint8Array;
  contents(entry: number): Uint8Array;
  free(): void;
};

/** Bytes by which a file tells what it is. */
const HEAD = 512;
/** Most bytes of a file in a zip that ours refuses and the browser is asked for. */
const FOREIGN = 1e8;
/** Bytes of two files that are compared at once. */
const PIECE = 2 ** 20;

const UNOPENED = "the file cannot be opened";

const post = (answer: Answer, transfer: Transferable[] = []) =>
  self.postMessage(answer, { transfer });

// Nothing here waits at the top: of what fails there, WebKit says nothing.
self.addEventListener("message", ({ data }) => void begin(data), {
  once: true,
});

async function begin(files: Files): Promise<void> {
  try {
    const script = await load<Decoding>(files);
    self.addEventListener("message", async ({ data }) => {
      const answer = await obey(script, data);
      post(answer, "pixels" in answer ? [answer.pixels.buffer] : []);
    });
    post(null);
  } catch (error) {
    post({ failed: (error as Error).message });
  }
}

async function obey(
  script: Decoding,
  order: Order | Cut,
): Promise<Decoded | Listed> {
  try {
    if ("picture" in order) {
      const { picture, tile, size } = order;
      return { pixels: script.cut(picture, tile, size) as Bytes };
    }
    return order.entry === "list"
      ? await list(script, order)
      : { pixels: (await read(script, order)) as Bytes };
  } catch (reason) {
    // Anything else is the end of this worker.
    if (typeof reason !== "string") throw reason;
    return { reason };
  }
}

/** The square of a file, of which no more is read than is needed to refuse it. */
async function read(script: Decoding, order: Order): Promise<Uint8Array> {
  const { name, file, entry, size, twins } = order;
  if (script.isLeftover(name)) throw HIDDEN;
  if ((await twin(file, twins)) >= 0) throw AGAIN;
  if (typeof entry === "number") return unpack(script, order, entry);
  const head = new Uint8Array(await contents(file.slice(0, HEAD)));
  const kind = script.foreign(head, file.size);
  if (kind) return byBrowser(script, kind, file, size);
  script.check(head, file.size);
  // A copy out of the wasm's memory, which is never shared.
  return script.decode(new Uint8Array(await contents(file)), size);
}

/** The square of a file in a zip. */
async function unpack(
  script: Decoding,
  order: Order,
  entry: number,
): Promise<Uint8Array> {
  const { zip, lengths } = open(script, order);
  try {
    return zip.decode(entry, order.size);
  } catch (reason) {
    if (typeof reason !== "string" || lengths[entry]! > FOREIGN) throw reason;
    const bytes = zip.contents(entry) as Bytes;
    const kind = script.foreign(bytes.subarray(0, HEAD), bytes.length);
    if (!kind) throw reason;
    return byBrowser(script, kind, new Blob([bytes]), order.size);
  }
}

async function list(script: Decoding, order: Order): Promise<Listed> {
  const { zip } = open(script, order);
  const reasons = zip.reasons();
  const entries = zip
    .names()
    .map((name, entry) => ({ name, reason: reasons[entry] || null }));
  const same = await twin(order.file, order.twins);
  return { entries, hidden: zip.leftovers(), twin: same };
}

type Open = { id: number; zip: Zip; lengths: Float64Array };

/** The zip that was opened last: the next file is most likely in it too. */
let last: Open | null = null;

function open({ Zip }: Decoding, { file, id }: Order): Open {
  if (last?.id === id) return last;
  last?.zip.free();
  last = null;
  const zip = new Zip(file);
  last = { id, zip, lengths: zip.lengths() };
  return last;
}

async function contents(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch {
    throw UNOPENED;
  }
}

/** Which of these files holds the same, or -1. */
async function twin(file: File, others: File[]): Promise<number> {
  for (const [at, other] of others.entries()) {
    if (await same(file, other)) return at;
  }
  return -1;
}

async function same(file: File, other: File): Promise<boolean> {
  if (file.size !== other.size) return false;
  for (let from = 0; from < file.size; from += PIECE) {
    const pieces = [file, other].map((one) => one.slice(from, from + PIECE));
    const [one, two] = await Promise.all(
      pieces.map((piece) =>
        piece.arrayBuffer().then(
          (bytes) => new Uint8Array(bytes),
          () => null,
        ),
      ),
    );
    // What cannot be read any more is nothing that is there.
    if (!one || !two || one.some((byte, i) => byte !== two[i])) return false;
  }
  return true;
}
