// Taking changes back, of settings and of how a set is drawn.
import { differences } from "../lib/paths.ts";
import { notices } from "../session/notices.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { recall } from "./history.ts";
import { loadSet } from "./images.ts";
import { anew, configure } from "./settings.ts";

export const undo = () => swap("back");
export const redo = () => swap("forth");

function swap(direction: "back" | "forth"): void {
  const present = session.settings;
  const choice = recall(direction);
  if (!choice || !present) return;
  const { settings, options } = choice;
  for (const [path] of differences(present, settings)) notices.settle(path);
  if (settings.method === present.method) configure(settings);
  else void anew(() => configure(settings));
  const { setCard } = session;
  const drawn = setCard && session.options[setCard.id];
  session.options = options;
  // At another size the images are read again anyway.
  const resized = settings.size !== present.size;
  if (setCard && options[setCard.id] !== drawn && !resized)
    void loadSet(setCard);
}
