// Taking changes back: of settings, of images, of how a set is drawn, and of what ended a run, which then goes on.
import { differences } from "../lib/paths.ts";
import type { Settings } from "../protocol.ts";
import { collection } from "../session/collection.svelte.ts";
import { kept } from "../session/kept.svelte.ts";
import type { Log } from "../session/log.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { takeBack } from "./edit.ts";
import { recall } from "./history.ts";
import { letGo, loadSet } from "./images.ts";
import { putBack } from "./keep.ts";
import { started } from "./run.ts";
import { anew, changed, configure } from "./settings.ts";

export const undo = () => swap("back");
export const redo = () => swap("forth");

/** What is being taken back: one after the other. */
let last = Promise.resolve();

function swap(direction: "back" | "forth"): Promise<void> {
  return (last = last.then(() => take(direction)));
}

async function take(direction: "back" | "forth"): Promise<void> {
  // What is on its way has not ended a run yet: it does not come.
  if (session.waiting) return letGo();
  // What is about to end a run has ended it, as soon as that is told.
  await changed(runs.a);
  await started(runs.a);
  const present = runs.a.settings;
  const choice = recall(direction);
  if (!choice || !present) return;
  const { a, b, options } = choice;
  const back = await put(runs.a, a.settings, a.log.deref());
  if (b && runs.beside === "live") await put(runs.b, b.settings, b.log.deref());
  if (back) return;
  const images = choice.images?.deref();
  if (direction === "back" && images && images !== session.images) {
    if (collection.before === images) return takeBack();
  }
  const { setCard } = session;
  const drawn = setCard && session.options[setCard.id];
  session.options = options;
  // At another size the images are read again anyway.
  const resized = a.settings.size !== present.size;
  if (setCard && options[setCard.id] !== drawn && !resized)
    void loadSet(setCard);
}

/** Puts settings back, and the run if it has made way; whether that has come back, and its images with it. */
async function put(
  run: Run,
  settings: Settings,
  log: Log | undefined,
): Promise<boolean> {
  const present = run.settings;
  for (const [path] of differences(present, settings)) notices.settle(path);
  const one = log && run.log !== log ? kept.find(log) : undefined;
  if (one?.whole) {
    await putBack(run, one, settings);
    return true;
  }
  if (settings.method === present?.method) void configure(run, settings);
  else void anew(run, () => configure(run, settings));
  return false;
}
