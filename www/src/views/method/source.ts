// The lines of the crate that compute a method's loss, taken from its file when the page is built: what
// stands here is what runs.

const files = import.meta.glob<string>(
  ["../../../../src/methods/*.rs", "!**/mod.rs"],
  { query: "?raw", import: "default" },
);

/** The methods whose lines there are. */
export const known = (): string[] =>
  Object.keys(files).map((path) => /(\w+)\.rs$/.exec(path)![1]!);

/** The lines of the method of this name. */
export async function source(id: string): Promise<string> {
  const load = files[`../../../../src/methods/${id}.rs`];
  if (!load) throw new Error(`there is no file of ${id}`);
  return lines(await load());
}

/** Of a method's file, what computes: the functions before its network, and how a step puts them together. */
export function lines(file: string): string {
  const network = file.search(/^#\[derive\(Module/m);
  const plain = file.slice(0, network).match(FUNCTION) ?? [];
  const step = file.slice(network).match(STEP) ?? [];
  return [...plain, ...step.map(unindented)].join("\n");
}

// Formatted as the crate is, an item ends with a brace in the column where it begins.
const FUNCTION = /^(?:\/\/\/.*\n)*(?:#\[.*\n)*(?:pub )?fn [^]*?^}\n/gm;
const STEP = /^(?: {4}\/\/\/.*\n)*(?: {4}#\[.*\n)* {4}fn loss\([^]*?^ {4}}\n/gm;

const unindented = (text: string) => text.replace(/^ {4}/gm, "");
