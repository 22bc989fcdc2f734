// The page's side of what keeps a session: a worker that is asked, and answers.
import DiskWorker from "disk-worker?worker";
import type { Call, Reply } from "./disk-worker.ts";
import type { Entry, Found, Given, Lacking, Slots } from "./disk.ts";
import { pack, unpack, type Unpacked } from "./pack.ts";
import type { SavedSession } from "./saved.ts";

/** There is not enough room for a session. */
export class Full extends Error {}

/** Nothing can be kept here, for this reason. */
export class Denied extends Error {}

export type Kept = Slots & { bytes: number };

export class Store {
  #worker: Worker;
  #calls = new Map<
    number,
    { resolve(came: unknown): void; reject(error: Error): void }
  >();
  #count = 0;
  #broken: Denied | null = null;

  constructor() {
    this.#worker = new DiskWorker({ name: "disk" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const call = this.#calls.get(data.id);
      this.#calls.delete(data.id);
      if (!data.failed) return call?.resolve(data.came);
      const { name, message } = data.failed;
      call?.reject(
        name === "QuotaExceededError" ? new Full(message) : new Error(message),
      );
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#broken = new Denied(event.message || missing());
      for (const { reject } of this.#calls.values()) reject(this.#broken);
      this.#calls.clear();
    };
  }

  look = () => this.#call<Kept>("look");

  /** Saves a session in place of the last one of this id, or all stays as it was. Rejects with `Full` if there
   * is no room. */
  async save(session: SavedSession, id: string): Promise<Kept> {
    const { entry, docs, files } = await pack(session, id, Date.now());
    const lacking = await this.#call<Lacking>("lacks", entry);
    if (lacking.bytes > (await room())) throw new Full();
    const given: Given = {
      parts: lacking.parts.map((key) => [key, docs.get(key)]),
      files: lacking.files.map((file) => [file, files.get(file)!]),
    };
    return this.#call<Kept>("save", entry, given);
  }

  /** Gives the session before up. */
  forget = () => this.#call<void>("forget");

  /** The session of an entry; null if there is none that can be read here. */
  async load({ id }: Entry): Promise<Unpacked | null> {
    const found = await this.#call<Found | null>("load", id);
    return found && unpack(found);
  }

  clear = () => this.#call<void>("clear");

  #call<T>(name: Call["name"], ...given: unknown[]): Promise<T> {
    if (this.#broken) return Promise.reject(this.#broken);
    const id = ++this.#count;
    return new Promise<unknown>((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, given } satisfies Call);
    }) as Promise<T>;
  }
}

/** Bytes that may still be stored, as far as the browser tells. */
async function room(): Promise<number> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined ? Infinity : quota - (usage ?? 0);
  } catch {
    return Infinity;
  }
}

const unsafe = () => "The page came without https";
const nowhere = () => "It has no files for pages";
const missing = () => "The program that would keep it did not load";

/** Opens what keeps a session. Rejects with `Denied` where the browser lets the page store nothing. */
export async function open(): Promise<Store> {
  try {
    // A browser refuses it to private windows, or to pages that came without https.
    if (!isSecureContext) throw new Error(unsafe());
    // Not every WebKit has it.
    const { storage } = navigator as Partial<Navigator>;
    if (!storage?.getDirectory) throw new Error(nowhere());
    await storage.getDirectory();
    return new Store();
  } catch (error) {
    throw new Denied((error as Error).message);
  }
}
