// The page's address: only what differs from the defaults, never images.
import { at, type Value } from "../lib/paths.ts";

/** Version of the address; raised when a name changes its meaning. */
const VERSION = "1";

/** What says how the page is shown, and stays as it came. */
const KEPT = ["show", "hide", "tour", "lang"];

/** What stands beside A, and by which settings it differs from A. */
export type Other = { is: string; settings: [string, string][] };

export type Address = {
  /** Id of a lesson, which has what the rest does not name. */
  lesson: string | null;
  /** Id of the built-in set. */
  set: string | null;
  /** Options of a drawn set, as text. */
  options: [string, string][];
  /** Dotted paths of settings, as text. */
  settings: [string, string][];
  /** Null if that is as the page begins. */
  beside: Other | null;
};

/** What the address asks for. */
export function read(query: string): Address {
  const address: Address = {
    lesson: null,
    set: null,
    options: [],
    settings: [],
    beside: null,
  };
  const others: [string, string][] = [];
  for (const [key, text] of new URLSearchParams(query)) {
    if (key === "v" || KEPT.includes(key)) continue;
    if (key === "lesson") address.lesson = text;
    else if (key === "set") address.set = text;
    else if (key === "b") address.beside = { is: text, settings: others };
    else if (key.startsWith("b.")) others.push([key.slice(2), text]);
    else if (key.startsWith("shapes.")) {
      address.options.push([key.slice(7), text]);
    } else address.settings.push([key, text]);
  }
  // What a lesson has beside A can differ from it too.
  if (address.lesson !== null && others.length > 0) {
    address.beside ??= { is: "", settings: others };
  }
  return address;
}

/** Whether an address asks for something, and for something else than another. */
export function asksElse(query: string, other: string): boolean {
  const [asked, had] = [query, other].map((text) =>
    [...new URLSearchParams(text)]
      .filter(([key]) => key !== "v" && !KEPT.includes(key))
      .map((entry) => entry.join("="))
      .sort()
      .join("&"),
  );
  return asked !== "" && asked !== had;
}

/** Text of the address as a value of the kind that stands at `path` of the defaults. */
export function parse(defaults: unknown, path: string, text: string): Value {
  if (text === "auto" && at(defaults, path) === null) return null;
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  const isText = typeof at(defaults, path) === "string";
  // What is no number stays as it was written, and the core says so.
  return isText || text === "" || !Number.isFinite(number) ? text : number;
}

/** Puts the address in the browser's bar, without a new entry in its history. */
export function write(
  set: string | null,
  options: [string, Value][],
  settings: [string, Value][],
  beside: { is: string; settings: [string, Value][] } | null = null,
  lesson: string | null = null,
): void {
  const query = new URLSearchParams();
  const write = (path: string, value: Value) =>
    query.set(path, `${value ?? "auto"}`);
  if (lesson !== null) query.set("lesson", lesson);
  if (set !== null) query.set("set", set);
  for (const [path, value] of options) query.set(`shapes.${path}`, `${value}`);
  for (const [path, value] of settings) write(path, value);
  if (beside) query.set("b", beside.is);
  for (const [path, value] of beside?.settings ?? []) write(`b.${path}`, value);
  if (query.size > 0) query.set("v", VERSION);
  for (const [key, text] of new URLSearchParams(location.search)) {
    if (KEPT.includes(key)) query.set(key, text);
  }
  const text = query.toString();
  history.replaceState(
    null,
    "",
    (text ? `?${text}` : location.pathname) + location.hash,
  );
}
