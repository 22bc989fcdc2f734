// Keeps a session on the device, away from the page's thread: files in the origin's private file system, the index
// in IndexedDB. Only a worker can write such files in all browsers, and know that they are written.
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";
import { Disk, type Entry, type Ground } from "./disk.ts";

const NAME = "twoviews";

interface Schema extends DBSchema {
  slots: { key: string; value: Entry };
  parts: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

const database = () =>
  (opened ??= openDB<Schema>(NAME, 1, {
    upgrade(database) {
      database.createObjectStore("slots");
      database.createObjectStore("parts");
    },
    // Another tab clears all.
    blocking: (_old, _new, event) => {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated: () => (opened = null),
  }));

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(NAME, { create: true });
}

const isMissing = (error: unknown) =>
  error instanceof DOMException && error.name === "NotFoundError";

const ground: Ground = {
  async names() {
    const names: string[] = [];
    for await (const name of (await folder()).keys()) names.push(name);
    return names;
  },
  async size(file) {
    try {
      const handle = await (await folder()).getFileHandle(file);
      return (await handle.getFile()).size;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  async read(file) {
    const handle = await (await folder()).getFileHandle(file);
    return new Uint8Array(await (await handle.getFile()).arrayBuffer());
  },
  async write(file, bytes) {
    const handle = await (await folder()).getFileHandle(file, { create: true });
    const access = await handle.createSyncAccessHandle();
    try {
      // In Safari before 16.4 these are promises.
      await access.truncate(0);
      const written = access.write(bytes, { at: 0 });
      if (written !== bytes.length) {
        throw new DOMException("the disk is full", "QuotaExceededError");
      }
      await access.flush();
    } finally {
      await access.close();
    }
  },
  async remove(file) {
    await (await folder()).removeEntry(file);
  },
  async slots() {
    const db = await database();
    const [now, before] = await Promise.all([
      db.get("slots", "now"),
      db.get("slots", "before"),
    ]);
    return { now: now ?? null, before: before ?? null };
  },
  keys: async () => (await database()).getAllKeys("parts"),
  part: async (key) => (await database()).get("parts", key),
  async change({ now, before }, parts, left) {
    const db = await database();
    const change = db.transaction(["slots", "parts"], "readwrite", {
      // It is done once it is on the disk.
      durability: "strict",
    });
    const slots = change.objectStore("slots");
    const all = change.objectStore("parts");
    const named = new Set(left);
    await Promise.all([
      now ? slots.put(now, "now") : slots.delete("now"),
      before ? slots.put(before, "before") : slots.delete("before"),
      ...parts.map(([key, part]) => all.put(part, key)),
      all.getAllKeys().then(async (keys) => {
        const others = keys.filter((key) => !named.has(key));
        await Promise.all(others.map((key) => all.delete(key)));
      }),
      change.done,
    ]);
  },
  async clear() {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(NAME, { recursive: true }).catch((error) => {
      if (!isMissing(error)) throw error;
    });
    (await opened)?.close();
    opened = null;
    await deleteDB(NAME);
  },
};

const disk = new Disk(ground);

/** What is asked of it, and what comes of that. */
export type Call = {
  id: number;
  name: "look" | "lacks" | "save" | "forget" | "load" | "clear";
  given: unknown[];
};
export type Reply = {
  id: number;
  came?: unknown;
  failed?: { name: string; message: string };
};

/** One call after the other: a save is not looked at half done. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Call>) => {
  last = last.then(() => answer(data));
};

async function answer({ id, name, given }: Call): Promise<void> {
  try {
    const work = disk[name] as (...given: unknown[]) => Promise<unknown>;
    const came = await work.call(disk, ...given);
    postMessage({ id, came } satisfies Reply);
  } catch (error) {
    const { name, message } = error as Error;
    postMessage({ id, failed: { name, message } } satisfies Reply);
  }
}
