// Image files from a drop, a paste or a picker, with the folders they lie in.
import type { ImageFile } from "../protocol.ts";

export type Found = { name: string; file: File };

/** What was picked. */
export function fromList(files: Iterable<File>): Found[] {
  return [...files].map((file) => ({
    name: file.webkitRelativePath || file.name,
    file,
  }));
}

/** All files of a drop, folders opened. Call it inside the event: later the list is empty. */
export async function fromDrop(data: DataTransfer): Promise<Found[]> {
  const entries = [...data.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: Found[] = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push(...fromList([entry]));
    else if (entry) await walk(entry, found);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives at most a hundred entries at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, found);
  }
}

const FILES = 32;
const BYTES = 16 * 1024 * 1024;

/** Splits files into lots that are small enough to be in memory at once. */
export function lots(found: Found[]): Found[][] {
  const all: Found[][] = [];
  let bytes = Infinity;
  for (const one of found) {
    const last = all.at(-1);
    if (!last || last.length >= FILES || bytes + one.file.size > BYTES) {
      all.push([one]);
      bytes = one.file.size;
    } else {
      last.push(one);
      bytes += one.file.size;
    }
  }
  return all;
}

/** The contents; a file that cannot be read is empty, and the core says so by name. */
export function contents(lot: Found[]): Promise<ImageFile[]> {
  return Promise.all(
    lot.map(async ({ name, file }) => ({
      name,
      bytes: new Uint8Array(
        await file.arrayBuffer().catch(() => new ArrayBuffer(0)),
      ),
    })),
  );
}
