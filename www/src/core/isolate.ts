// Isolation from all other pages, without which a browser does not let threads share memory.

/**
 * Has the next visit isolated by a service worker, if the server has not seen to it. This visit goes
 * on as it is: a page that reloads by itself would take away what was begun.
 */
export async function isolate(): Promise<void> {
  if (!import.meta.env.PROD || crossOriginIsolated) return;
  try {
    const script = new URL("isolate.js", document.baseURI);
    await navigator.serviceWorker.register(script);
  } catch {
    // Where that is not allowed, one thread does it, and the page says so.
  }
}
