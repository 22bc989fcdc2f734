// The files of the lessons. A page that shows none does without this module.
import { offer, type Lesson, type Result, type Written } from "./lessons.ts";

const files = import.meta.glob<Written>("../../../lessons/*.toml", {
  eager: true,
  import: "default",
});
/** In a file of its own: tests put another in its place. */
const results = import.meta.glob<{ default: Record<string, Result> }>(
  "../../../lessons/results.json",
);

const idOf = (path: string) => /([^/]+)\.toml$/.exec(path)![1]!;

/** All that are written, by their ids. */
export const WRITTEN: Record<string, Written> = Object.fromEntries(
  Object.entries(files).map(([path, lesson]) => [idOf(path), lesson]),
);

/** All that are offered. */
export async function read(): Promise<Lesson[]> {
  const [measured] = Object.values(results);
  return offer(WRITTEN, (await measured?.())?.default ?? {});
}
