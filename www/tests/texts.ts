// Texts by their places: of what the page is told in English, and of the words of another language for it.
import { keyField, keyOf } from "../src/session/wording.ts";

/** Every text of a thing that words can replace, by its place in them. */
export function texts(thing: unknown, at = ""): Map<string, string> {
  const found = new Map<string, string>();
  if (typeof thing === "string") return found.set(at, thing);
  if (typeof thing !== "object" || thing === null) return found;
  const inner: [string, unknown][] = Array.isArray(thing)
    ? thing.map((one, i) => [keyOf(one, i), one])
    : Object.entries(thing);
  const known = Array.isArray(thing) ? null : keyField(thing);
  for (const [key, one] of inner) {
    if (key === known) continue;
    const place = at === "" ? key : `${at} > ${key}`;
    for (const [path, text] of texts(one, place)) found.set(path, text);
  }
  return found;
}

/** What must be alike in both languages: formulas, ids in braces, and numbers. */
const kept = (text: string): string =>
  JSON.stringify([
    text.match(/\$[^$]+\$/g) ?? [],
    (text.match(/\{[^{}]+\}/g) ?? []).sort(),
    (text.replace(/\$[^$]+\$/g, "").match(/\d+(?:[.,]\d+)*/g) ?? []).sort(),
  ]);

/** What is wrong with the words for a thing, of whose texts those that match `told` have to be there. */
export function wrongs(thing: unknown, words: unknown, told: RegExp): string[] {
  const source = texts(thing);
  const own = texts(words);
  return [
    ...[...source.keys()]
      .filter((place) => told.test(place) && !own.get(place)?.trim())
      .map((place) => `${place}: nothing is said`),
    ...[...own].flatMap(([place, text]) => {
      const before = source.get(place);
      if (before === undefined || !told.test(place)) {
        return [`${place}: there is no such text`];
      }
      return kept(before) === kept(text)
        ? []
        : [`${place}: formulas, ids or numbers differ`];
    }),
  ];
}
