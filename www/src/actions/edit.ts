// Changes of the learner's own images: some removed, some labelled anew, all called by another name.
// Removals and labels can be taken back.
import { folderOf, pick, relabel } from "../images/collection.ts";
import { plural } from "../lib/format.ts";
import { collection, type Before } from "../session/collection.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { remember } from "./history.ts";
import { intake } from "./images.ts";

/** Most bytes of images that are kept to be taken back; the last change is always kept. */
const MOST = 2 ** 26;

/** Images as they can be taken in again. */
type Version = Omit<Before, "what">;

const present = (): Version => ({
  images: session.images!,
  files: intake.files,
  given: collection.given,
});

/** Removes these images. */
export async function remove(which: ReadonlySet<number>): Promise<void> {
  const before = present();
  const left = before.images.names.flatMap((_, i) => (which.has(i) ? [] : [i]));
  const what = `${plural(which.size, ["# image", "# images"])} removed`;
  if (left.length === 0) return clear();
  const images = pick(before.images, left);
  const files = left.flatMap((i) => before.files[i] ?? []);
  await change(before, { ...before, images, files }, what);
}

/** Gives these images another label. */
export async function label(
  which: ReadonlySet<number>,
  name: string,
): Promise<void> {
  const folder = folderOf(name);
  if (which.size === 0 || !folder) return;
  const before = present();
  const [labels] = before.images.factors;
  const named = (name: string, i: number) =>
    which.has(i) ? relabel(name, folder, labels?.classes[labels.of[i]!]) : name;
  const names = before.images.names.map(named);
  if (names.every((name, i) => name === before.images.names[i])) return;
  const images = { ...before.images, names, factors: [] };
  const files = before.files.map((found, i) => ({
    ...found,
    name: named(found.name, i),
    // By which it is known if it is added again.
    from: found.from ?? found.name,
  }));
  const what = `${plural(which.size, ["# image", "# images"])} labelled “${folder}”`;
  await change(before, { ...before, images, files }, what);
}

/** Removes all images. */
export function clear(): void {
  if (collection.own) {
    keep(
      present(),
      `${plural(session.count, ["# image", "# images"])} removed`,
    );
  }
  note();
  intake.halt();
  for (const run of runs.live) run.send({ type: "clear" });
}

/** Calls the learner's images by another name; without one, by their folder's. */
export function rename(name: string): void {
  collection.given = name.trim() || null;
}

/** Takes the last change back. */
export async function takeBack(): Promise<void> {
  const before = collection.past.at(-1);
  if (!before || intake.busy) return;
  const done = await intake.replace(
    before.images,
    before.files,
    "The images are as they were before",
  );
  if (!done) return;
  collection.past = collection.past.slice(0, -1);
  collection.given = before.given;
}

async function change(
  before: Version,
  after: Version,
  what: string,
): Promise<void> {
  if (intake.busy) return;
  note();
  if (!(await intake.replace(after.images, after.files, what))) return;
  keep(before, what);
  notices.milestone = what;
}

/** Each is a change of its own, however soon it follows. */
const note = () => remember(`images ${collection.past.length}`);

function keep(before: Version, what: string): void {
  let room = MOST;
  const past = [...collection.past, { ...before, what }].reverse();
  const kept = past.filter(({ images }, i) => {
    room -= images.pixels.length;
    return i === 0 || room >= 0;
  });
  collection.past = kept.reverse();
}
