// The learner's own images as a collection: what they are called, of which kind, and which are left. A
// name is a path, and the innermost folder is the label; the core finds the labels from the names.
import type { ImageSet } from "../protocol.ts";

const parts = (name: string) =>
  name.split(/[/\\]/).filter((part) => !["", ".", ".."].includes(part));

/** Whether two folders are called alike, whichever way their accents are written. */
const alike = (one: string | undefined, other: string | undefined) =>
  one?.normalize("NFC") === other?.normalize("NFC");

/** A label as it can be the name of a folder. */
export const folderOf = (label: string): string =>
  label
    // One letter with an accent may be written in two ways.
    .normalize("NFC")
    .trim()
    .replace(/[/\\]+/g, "-")
    .replace(/^\.+/, "");

/** The name of an image under another label, in place of the folder that is its label now. */
export function relabel(name: string, label: string, now?: string): string {
  const all = parts(name);
  const last = all.length - 1;
  const found = all.findLastIndex((part, i) => i < last && alike(part, now));
  const at = found < 0 ? Math.max(0, last - 1) : found;
  const after = last === 0 ? all : all.slice(at + 1);
  return [...all.slice(0, at), folderOf(label), ...after].join("/");
}

/** The folder in which all lie, above their labels: what the learner calls them, most likely. */
export function commonFolder(names: readonly string[]): string | null {
  const first = parts(names[0] ?? "")[0];
  const all = names.every((name) => {
    const path = parts(name);
    return path.length > 1 && alike(path[0], first);
  });
  return all && first ? first.normalize("NFC") : null;
}

/** These of the images, in this order. */
export function pick(images: ImageSet, which: readonly number[]): ImageSet {
  const side = images.size ** 2 * 3;
  const pixels = new Uint8Array(which.length * side);
  which.forEach((image, at) => {
    const square = images.pixels.subarray(image * side, (image + 1) * side);
    pixels.set(square, at * side);
  });
  const names = which.map((image) => images.names[image]!);
  return { ...images, names, pixels, factors: [] };
}

/** Labels that only one image has: its nearest can never be of its kind. */
export function alone({ factors }: ImageSet): string[] {
  const [label] = factors;
  if (!label) return [];
  const counts = label.classes.map(() => 0);
  for (const index of label.of) counts[index]!++;
  return label.classes.filter((_, index) => counts[index] === 1);
}
