// A service worker that isolates the page where its server cannot send the headers for it: browsers
// let threads share memory only in an isolated page. It keeps nothing.
self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { mode, destination } = event.request;
  // All else comes straight from the browser's cache, with the code it has compiled.
  if (mode === "navigate" || destination === "worker") {
    event.respondWith(isolated(event.request));
  }
});

async function isolated(request) {
  const response = await fetch(request);
  // Of a redirection the browser sees only that it is one, of a failure that it failed.
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}
