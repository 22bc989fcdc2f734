// While a run trains: the tab says how far it is, and the browser is asked not to put it to sleep.
import { language } from "../session/language.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { whenever } from "../session/sweep.svelte.ts";

/** A tab that holds a lock is not frozen in the background. */
const LOCK = "twoviews trains";

/** How far training is, in whole per cent; null while nothing trains. */
function progress(): number | null {
  const { stepped } = runs.a.log;
  if (!runs.running || !stepped) return null;
  return Math.floor((100 * stepped.step) / stepped.steps);
}

/** Says how far a run is in the title of the tab, and holds a lock while one trains. */
export function stayAwake(): void {
  let release: (() => void) | null = null;
  whenever(
    () => void [progress(), language.now],
    () => {
      const done = progress();
      document.title =
        done === null ? language.title : `${done} % · ${language.title}`;
    },
  );
  whenever(
    () => void runs.running,
    () => {
      release?.();
      release = null;
      if (!runs.running) return;
      const held = new Promise<void>((resolve) => (release = resolve));
      void navigator.locks
        ?.request(LOCK, { mode: "shared" }, () => held)
        .catch(() => {});
    },
  );
}
