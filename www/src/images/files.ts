// Image files from a drop, a paste or a picker, with the folders they lie in.

export type Found = {
  name: string;
  file: File;
  /** Its name before it was given another label. */
  from?: string;
};

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
