// Isolation from all other pages, without which a browser does not let threads share memory.

/** Whether this page was built with a core that has threads. */
const useful =
  Object.keys(import.meta.glob("../wasm/threads/twoviews.js")).length > 0;

/**
 * Has the next visit isolated by a service worker, if the server has not seen to it. This visit goes
 * on as it is: a page that reloads by itself would take away what was begun.
 */
export function isolate(): void {
  if (!import.meta.env.PROD || !useful || crossOriginIsolated) return;
  const script = new URL("isolate.js", document.baseURI);
  // Where that is not allowed, one thread does it.
  navigator.serviceWorker?.register(script).catch(() => {});
}
