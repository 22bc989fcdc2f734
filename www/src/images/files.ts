// Image files from a drop, a paste or a picker, with the folders they lie in. One entry that cannot be opened is
// one line of what was refused: all else is found.
import type { Skipped } from "../protocol.ts";

export type Found = {
  name: string;
  /** The file, or the zip that it is in. */
  file: File;
  /** Its place in the zip. */
  entry?: number;
  /** Its name before it was given another label. */
  from?: string;
};

/** What has come. */
export type Gathered = {
  found: Found[];
  skipped: Skipped[];
  /** Hidden files and folders, of which no more than the name is asked for: they are counted. */
  hidden: string[];
};

/** Folders in folders: more are a link that leads in a circle. */
const DEEPEST = 32;
/** Most files that are looked for: more are no images of one learner. */
const MOST = 300_000;
/** Files that are opened side by side: one by one, 20,000 take a minute. */
const AT_ONCE = 200;

const unopened = () =>
  "it cannot be opened: it may have been moved, or be locked";
const nameless = () =>
  "its name cannot be read by this browser: give it another, then add it";
const unread = () =>
  "some of what is in this folder cannot be read, and is left out";
const circle = () => "a folder that leads back into itself is not followed";
const shortcut = () =>
  "a shortcut to something elsewhere, not the picture: add the file that it leads to";
const tooMany = () => "so many files came at once that the rest was left out";

/** What systems make of a link to a page or a file. */
const SHORTCUTS = /\.(webloc|url|lnk|desktop|fileloc)$/i;

/** Whether it is a zip to be opened: one that came by itself, not among the files of a folder. */
export const isZip = ({ name, entry }: Found): boolean =>
  entry === undefined && /^[^./\\][^/\\]*\.zip$/i.test(name);

const none = (): Gathered => ({ found: [], skipped: [], hidden: [] });

/** What was picked. */
export function fromList(files: Iterable<File>): Gathered {
  const gathered = none();
  for (const file of files) {
    take(gathered, file.webkitRelativePath || file.name, file);
  }
  return gathered;
}

/**
 * All files of a drop or a paste, folders opened. Call it inside the event: later the list is empty. `tell`
 * learns how many files were found so far, and whether to go on is what it says.
 */
export async function fromTransfer(
  data: DataTransfer,
  tell: (found: number) => boolean = () => true,
): Promise<Gathered> {
  const entries = [...data.items]
    .filter((item) => item.kind === "file")
    // A picture that was copied has no entry.
    .map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const gathered = none();
  const goesOn = () =>
    gathered.found.length < MOST && tell(gathered.found.length);
  const inFolders: FileSystemEntry[] = [];
  for (const entry of entries) {
    if (entry instanceof File) take(gathered, entry.name, entry);
    else if (entry) inFolders.push(entry);
  }
  await open(inFolders, gathered, goesOn, []);
  gathered.found.sort((a, b) => (a.name < b.name ? -1 : +(a.name > b.name)));
  if (gathered.found.length >= MOST) {
    gathered.skipped.push({ name: "…", reason: tooMany() });
  }
  return gathered;
}

/**
 * A name as the core has it. macOS takes letters and their accents apart, which would be a folder of its own;
 * half a letter, as some systems allow, would be another name there.
 */
export const plain = (name: string) =>
  name
    .replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (letter) =>
      letter.length === 2 ? letter : "\ufffd",
    )
    .normalize("NFC");

function take(to: Gathered, path: string, file: File): void {
  const name = plain(path);
  if (SHORTCUTS.test(name)) to.skipped.push({ name, reason: shortcut() });
  else to.found.push({ name, file });
}

/** Opens files side by side, and folders one after the other; `above` is what the folders above hold. */
async function open(
  entries: FileSystemEntry[],
  to: Gathered,
  goesOn: () => boolean,
  above: string[],
): Promise<void> {
  const folders: FileSystemDirectoryEntry[] = [];
  const files: FileSystemFileEntry[] = [];
  for (const entry of entries) {
    // Chromium tells names that are no text as none: what is there cannot be asked for.
    if (entry.name === "") {
      to.skipped.push({ name: path(entry), reason: nameless() });
    } else if (entry.name.startsWith(".")) to.hidden.push(path(entry));
    else if (entry.isDirectory) folders.push(entry as FileSystemDirectoryEntry);
    else files.push(entry as FileSystemFileEntry);
  }
  for (let first = 0; first < files.length && goesOn(); first += AT_ONCE) {
    const some = files.slice(first, first + AT_ONCE);
    await Promise.all(some.map((file) => openFile(file, to)));
  }
  for (const folder of folders) {
    if (!goesOn()) return;
    await openFolder(folder, to, goesOn, above);
  }
}

const path = (entry: FileSystemEntry) =>
  plain(entry.fullPath.replace(/^\//, ""));

async function openFile(
  entry: FileSystemFileEntry,
  to: Gathered,
): Promise<void> {
  try {
    const file = await new Promise<File>((resolve, reject) =>
      entry.file(resolve, reject),
    );
    take(to, path(entry), file);
  } catch {
    to.skipped.push({ name: path(entry), reason: unopened() });
  }
}

async function openFolder(
  folder: FileSystemDirectoryEntry,
  to: Gathered,
  goesOn: () => boolean,
  above: string[],
): Promise<void> {
  const skip = (reason: string) =>
    to.skipped.push({ name: path(folder), reason });
  const all: FileSystemEntry[] = [];
  try {
    const reader = folder.createReader();
    for (;;) {
      // A reader gives at most a hundred entries at a time, and none at the end.
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) break;
      for (const one of some) all.push(one);
    }
  } catch {
    // What came before it failed is there.
    skip(all.length > 0 ? unread() : unopened());
  }
  // A link that leads to a folder above shows what that one holds: again and again.
  const list = all.map(({ name }) => name).sort();
  const holds = list.length > 1 ? list.join("/") : "";
  if (above.length >= DEEPEST || (holds && above.includes(holds))) {
    skip(circle());
    return;
  }
  await open(all, to, goesOn, [...above, holds]);
}
