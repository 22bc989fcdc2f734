// While a run trains: the tab says how far it is, and the browser is asked not to put it to sleep.
import { language } from "../session/language.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { screen } from "../session/screen.svelte.ts";
import { whenever } from "../session/sweep.svelte.ts";

/** A tab that holds a lock is not frozen in the background. */
const LOCK = "twoviews trains";

/** How far training is, in whole per cent; null while nothing trains. */
function progress(): number | null {
  const { stepped } = runs.a.log;
  if (!runs.running || !stepped) return null;
  return Math.floor((100 * stepped.step) / stepped.steps);
}

/** Says how far a run is in the title of the tab, and holds locks while one trains. */
export function stayAwake(): void {
  whenever(
    () => void [progress(), language.now],
    () => {
      const done = progress();
      document.title =
        done === null ? language.title : `${done} % · ${language.title}`;
    },
  );
  let release: (() => void) | null = null;
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
  keepScreenOn();
}

/** Has the screen stay on while one trains, if the learner wants it. */
function keepScreenOn(): void {
  let lock: WakeLockSentinel | null = null;
  const wanted = () => screen.can && screen.on && runs.running;
  const held = () => lock !== null && !lock.released;
  async function ask(): Promise<void> {
    // A tab that is hidden loses it, and gets none.
    if (!wanted() || document.hidden || held()) return;
    try {
      const got = await navigator.wakeLock.request("screen");
      screen.refused = false;
      // Much may have changed meanwhile; two may have been asked for.
      if (wanted() && !held()) lock = got;
      else await got.release();
    } catch {
      screen.refused = !document.hidden;
    }
  }
  whenever(
    () => void [screen.on, runs.running],
    () => {
      if (wanted()) return void ask();
      void lock?.release();
      lock = null;
    },
  );
  document.addEventListener("visibilitychange", () => void ask());
}
