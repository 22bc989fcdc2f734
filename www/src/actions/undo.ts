// Taking changes back, of settings and of how a set is drawn.
import { differences } from "../lib/paths.ts";
import type { Settings } from "../protocol.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { recall } from "./history.ts";
import { loadSet } from "./images.ts";
import { anew, configure } from "./settings.ts";

export const undo = () => swap("back");
export const redo = () => swap("forth");

function swap(direction: "back" | "forth"): void {
  const present = runs.a.settings;
  const choice = recall(direction);
  if (!choice || !present) return;
  const { a, b, options } = choice;
  put(runs.a, a);
  if (b && runs.beside === "live") put(runs.b, b);
  const { setCard } = session;
  const drawn = setCard && session.options[setCard.id];
  session.options = options;
  // At another size the images are read again anyway.
  const resized = a.size !== present.size;
  if (setCard && options[setCard.id] !== drawn && !resized)
    void loadSet(setCard);
}

function put(run: Run, settings: Settings): void {
  const present = run.settings;
  for (const [path] of differences(present, settings)) notices.settle(path);
  if (settings.method === present?.method) configure(run, settings);
  else void anew(run, () => configure(run, settings));
}
