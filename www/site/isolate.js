// A service worker that sees to the page's headers where its server cannot send them: browsers let threads
// share memory only in an isolated page. It keeps nothing.
/* global HEADERS */
const headers = HEADERS;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { mode, destination } = event.request;
  // All else comes straight from the browser's cache, with the code it has compiled.
  if (mode === "navigate" || destination === "worker") {
    event.respondWith(sent(event.request));
  }
});

async function sent(request) {
  const response = await fetch(request);
  // Of a redirection the browser sees only that it is one, of a failure that it failed.
  if (response.status === 0) return response;
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers: all });
}
