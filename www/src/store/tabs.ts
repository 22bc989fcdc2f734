// One tab at a time keeps the session.
const NAME = "twoviews keeps the session";
/** Milliseconds after which another tab is taken to have it: one that is reloaded gives it up sooner. */
const SOON = 2_000;

/** Has this tab be the one, as soon as no other is; calls `elsewhere` if that is not soon. */
export function turn(elsewhere: () => void): Promise<void> {
  // A browser without locks knows no better.
  if (!navigator.locks) return Promise.resolve();
  return new Promise((resolve) => {
    const waits = setTimeout(elsewhere, SOON);
    const held = () => {
      clearTimeout(waits);
      resolve();
      // Until the tab is gone.
      return new Promise<never>(() => {});
    };
    navigator.locks.request(NAME, held).catch(() => held());
  });
}

/** What tabs tell each other; null where they cannot. */
function open(): BroadcastChannel | null {
  try {
    return new BroadcastChannel(NAME);
  } catch {
    return null;
  }
}
const channel = open();

/** All that was kept has been cleared: no tab keeps what it has. */
export const tellCleared = () => channel?.postMessage("cleared");

export function onCleared(listener: () => void): void {
  channel?.addEventListener("message", listener);
}
