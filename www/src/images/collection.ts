// The learner's own images as a collection: what they are called, of which kind, and which are left. A
// name is a path, and the innermost folder is the label; the core finds the labels from the names.
import type { ImageSet } from "../protocol.ts";

const parts = (name: string) =>
  name.split(/[/\\]/).filter((part) => !["", ".", ".."].includes(part));

/** A label as it can be the name of a folder. */
export const folderOf = (label: string): string =>
  label
    .trim()
    .replace(/[/\\]+/g, "-")
    .replace(/^\.+/, "");

/** The name of an image under another label. */
export function relabel(name: string, label: string): string {
  const all = parts(name);
  return [...all.slice(0, -2), folderOf(label), all.at(-1)].join("/");
}

/** The folder in which all lie, above their labels: what the learner calls them, most likely. */
export function commonFolder(names: readonly string[]): string | null {
  const first = parts(names[0] ?? "")[0];
  const all = names.every((name) => {
    const path = parts(name);
    return path.length > 1 && path[0] === first;
  });
  return all && first ? first : null;
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
