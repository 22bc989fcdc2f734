// The service worker: keeps the files of a release, so that the page opens without its server, and sends the
// headers that its server may not send. The build puts in what it is to keep.
//
// All names but the page's own change with what is in the files, so one that is kept is right for whoever asks:
// a tab of an old release finds its files as long as it is open, and never those of another.
/* global RELEASE, FILES, HEADERS */

const { scope } = self.registration;
const PREFIX = `twoviews ${scope} `;
const OWN = PREFIX + RELEASE;
/** Milliseconds after which a server is as good as none. */
const PATIENCE = 4000;

// Another release waits until the tabs of the one before are closed, or one of them asks for it.
self.addEventListener("install", (event) => event.waitUntil(keep()));
// A visit that began without it goes on without it: Firefox lets requests of an isolated page hang otherwise.
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("message", ({ data, ports }) => {
  if (data === "release") ports[0].postMessage(RELEASE);
  if (data === "take-over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  // A script's address may end with the name of a wasm, behind a #.
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate") {
    event.respondWith(page(request));
    event.waitUntil(tidy());
  } else if (pathname.endsWith("/cores.json")) {
    event.respondWith(latest(request));
  } else if (!/(?<!_rest)\.wasm$/.test(pathname)) {
    // A wasm comes straight from the browser's cache, with the code it has compiled; who loads it looks here
    // if it does not (`core/load.ts`).
    event.respondWith(part(request));
  }
});

/** The page as it is now; as it was kept where its server does not answer. */
async function page(request) {
  const { pathname } = new URL(request.url);
  const isOurs = [scope, `${scope}index.html`].some(
    (url) => new URL(url).pathname === pathname,
  );
  const answer = fetch(request).then((response) => {
    // Of a redirection the browser sees only that it is one.
    if (response.status === 0) return response;
    const { "Content-Security-Policy": _, ...isolation } = HEADERS;
    // Its policy is in it, and may be another release's.
    return sent(response, isolation);
  });
  if (!isOurs) return answer;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const first = await Promise.race([answer, late]).catch(() => null);
  if (first && (first.ok || first.status === 0)) return first;
  return (await kept(scope)) ?? answer;
}

/** What is kept, else what the server has. */
async function part(request) {
  const found = await kept(request);
  if (found) return found;
  const response = await fetch(request);
  return request.destination === "worker" ? sent(response, HEADERS) : response;
}

/** What the server has, else what is kept. */
async function latest(request) {
  try {
    const response = await fetch(request);
    if (response.ok) return response;
    return (await kept(request)) ?? response;
  } catch (error) {
    const found = await kept(request);
    if (found) return found;
    throw error;
  }
}

/** What is kept of an address: by this release, else by any. */
async function kept(request) {
  try {
    const own = await caches.match(request, { cacheName: OWN });
    return own ?? (await caches.match(request));
  } catch {
    // Where nothing may be kept there is nothing.
    return undefined;
  }
}

function sent(response, headers) {
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers: all });
}

async function keep() {
  const html = await fetch(scope, { cache: "no-cache" });
  // While files are being put on a server it may have this one and yet the page of before: later, then.
  const text = await html.clone().text();
  if (!text.includes(RELEASE))
    throw new Error("the page is of another release");
  try {
    const cache = await caches.open(OWN);
    await cache.put(scope, sent(html, HEADERS));
    // What does not come now is asked for when it is used.
    const all = Object.entries(FILES).map(([path, integrity]) =>
      keepOne(cache, new URL(path, scope).href, integrity).catch(() => {}),
    );
    await Promise.all(all);
  } catch {
    // No room, or none allowed: the page is isolated all the same.
  }
}

async function keepOne(cache, url, integrity) {
  const there = await caches.match(url);
  if (there) return cache.put(url, there);
  const response = await fetch(url, { integrity });
  if (response.ok) await cache.put(url, sent(response, HEADERS));
}

/** Forgets releases that no tab has open. */
async function tidy() {
  const { installing, waiting } = self.registration;
  if (installing || waiting || !navigator.locks) return;
  const { held } = await navigator.locks.query();
  const open = new Set(held.map(({ name }) => name));
  for (const name of await caches.keys()) {
    const isOld = name.startsWith(PREFIX) && name !== OWN;
    if (isOld && !open.has(name)) await caches.delete(name);
  }
}
