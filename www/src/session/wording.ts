// What cards, settings, readings, sets and lessons say in another language: by their ids, over what they say
// themselves. What a file leaves out stays as it was.
import type { Card, Factor, ImageSet, Row, SetCard } from "../protocol.ts";
import type { Lesson } from "./lessons.ts";

/** A tree of texts, by keys, ids or places. */
export type Words = { [key: string]: Words } | Words[] | string;
type Table = Record<string, Words>;

/** The files of a language, by their names. */
export type Files = Record<string, Table | undefined>;

/** By what a thing of a list is known among the others. */
const KEYS = ["id", "path", "value", "is"];

/** The field that it is known by; null where its place has to do. */
export function keyField(thing: object): string | null {
  const fields = thing as Record<string, unknown>;
  return KEYS.find((key) => typeof fields[key] === "string") ?? null;
}

/** Its key in the words for it, at this place of a list. */
export function keyOf(thing: unknown, place: number): string {
  if (typeof thing !== "object" || thing === null) return `${place}`;
  const field = keyField(thing);
  return field === null
    ? `${place}`
    : (thing as Record<string, string>)[field]!;
}

/** A thing with those of its texts replaced for which there are words. */
export function reword<T>(thing: T, words: Words | undefined): T {
  if (words === undefined) return thing;
  if (typeof thing === "string") {
    return (typeof words === "string" ? words : thing) as T;
  }
  if (typeof thing !== "object" || thing === null) return thing;
  const table = words as Table;
  if (Array.isArray(thing)) {
    return thing.map((one, i) => reword(one, table[keyOf(one, i)])) as T;
  }
  const known = keyField(thing);
  return Object.fromEntries(
    Object.entries(thing).map(([key, inner]) => [
      key,
      // What it is known by stays.
      key === known ? inner : reword(inner, table[key]),
    ]),
  ) as T;
}

/** Cards of methods. The words in their diagrams are the same in all: a file of its own has them. */
export function cards(all: Card[], { methods, diagrams }: Files): Card[] {
  if (!methods) return all;
  const label = <T extends { label: string }>(part: T): T => ({
    ...part,
    label: (diagrams?.[part.label] as string | undefined) ?? part.label,
  });
  return reword(all, methods).map((card) => ({
    ...card,
    diagram: {
      ...card.diagram,
      branches: card.diagram.branches.map((branch) => branch.map(label)),
      memory: card.diagram.memory.map(label),
    },
  }));
}

/** The words for a row: of the method that has it, or else of all that have one of its path. */
const wordsOf = ({ method, path }: Row, settings: Table): Words | undefined =>
  settings[`${method} ${path}`] ?? settings[path];

/** The table of settings. Headings and units are words that several rows share. */
export function rows(all: Row[], { settings, shared }: Files): Row[] {
  if (!settings) return all;
  const word = (text: string) => (shared?.[text] as string | undefined) ?? text;
  const table = all.map((row): Row => {
    const { group, unit, kind, ...rest } = reword(row, wordsOf(row, settings));
    const auto =
      kind.type === "number" && kind.auto !== null
        ? { ...kind, auto: word(kind.auto) }
        : kind;
    return { ...rest, group: word(group), unit: word(unit), kind: auto };
  });
  return table.map((row) => ({
    ...row,
    values: possible(row),
    idle: row.idle && { ...row.idle, sentence: idle(row.idle, row, table) },
  }));
}

/** What may stand there, as the core says it. */
function possible({ kind, unit }: Row): string {
  if (kind.type === "switch") return "true or false";
  if (kind.type === "choice") {
    return `one of ${kind.options.map(({ value }) => value).join(", ")}`;
  }
  const range =
    kind.type === "count"
      ? `a whole number from ${kind.min} to ${kind.max} ${unit}`
      : `a number from ${kind.min} to ${kind.max} ${unit}`;
  return kind.type === "number" && kind.auto !== null
    ? `${range.trim()}, or auto: ${kind.auto}`
    : range.trim();
}

/** When a setting has no effect, as the core says it. */
function idle(
  { path, values }: NonNullable<Row["idle"]>,
  { method }: Row,
  table: Row[],
): string {
  const other = table.find(
    (row) => row.path === path && (row.method ?? method) === method,
  );
  const options = other?.kind.type === "choice" ? other.kind.options : [];
  const words = values.map((value) => {
    if (value === "true") return /* @wc-include */ "on";
    if (value === "false") return /* @wc-include */ "off";
    return options.find((option) => option.value === value)?.label ?? value;
  });
  return `No effect while ${other?.label ?? path} is ${words.join(" or ")}.`;
}

/** What is known of images, as it is called; labels of a learner's own stay as they are. */
export function factors(images: ImageSet | null, files: Files): Factor[] {
  if (!images) return [];
  const own = images.set === null;
  return images.factors.map(({ name, classes, of }) => ({
    name: word(name, files),
    classes: own ? classes : classes.map((title) => word(title, files)),
    of,
  }));
}

/** What a factor, one of its classes, or a part of a reading is called. */
export const word = (text: string, { labels }: Files): string =>
  (labels?.[text] as string | undefined) ?? text;

/** A lesson as it is told. */
export const told = (lesson: Lesson, { lessons }: Files): Lesson =>
  reword(lesson, lessons?.[lesson.id]);

/** A setting's reason as its set gives it; one that the core has put together stays. */
export function reason(why: string, told: SetCard[], said: SetCard[]): string {
  for (const [i, { preset }] of told.entries()) {
    const at = preset.findIndex((one) => one.why === why);
    if (at >= 0) return said[i]?.preset[at]?.why ?? why;
  }
  return why;
}
