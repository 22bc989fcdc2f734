// What lets the page open without its server, and isolates it where the server has not: a service worker
// (`site/offline.js`), and the cores of this visit, kept beside its files.
import { relaxedSimd } from "wasm-feature-detect";
import { list, processors, whyCpu } from "./cores.ts";
import { within } from "../lib/within.ts";

/** What the page is told: another release is ready, or part of this one is gone, or cannot be had now. */
export type Told = "ready" | "gone" | "away";

/** Milliseconds in which another release takes over. */
const TAKES = 5000;

/** Of which release this page is; null while one works on it. */
const release =
  document.querySelector<HTMLMetaElement>('meta[name="release"]')?.content ??
  null;
const folder = new URL("./", document.baseURI).href;
/** The cache of its files, and the lock by which they are known to be in use. */
const name = `twoviews ${folder} ${release}`;

let registration: ServiceWorkerRegistration | null = null;

/** Begins it. This visit goes on as it is: a page that reloads by itself would take away what was begun. */
export async function offline(tell: (told: Told) => void): Promise<void> {
  if (release === null) return;
  addEventListener("vite:preloadError", () => void missed(tell));
  try {
    void navigator.locks.request(
      name,
      { mode: "shared" },
      () => new Promise(() => {}),
    );
    const script = new URL("offline.js", folder);
    registration = await navigator.serviceWorker.register(script);
    registration.addEventListener("updatefound", () => void watch(tell));
    void watch(tell);
    await keepCores();
  } catch {
    // Where that is not allowed, the page needs its server, and one thread does it; it says so.
  }
}

/** Reloads the page, as another release if there is one. */
export async function reload(): Promise<void> {
  const waiting = registration?.waiting;
  if (waiting) {
    const taken = new Promise<void>((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", () =>
        resolve(),
      ),
    );
    waiting.postMessage("take-over");
    await within(TAKES, () => taken).catch(() => {});
  }
  location.reload();
}

/** Tells once another release than this one is ready. */
async function watch(tell: (told: Told) => void): Promise<void> {
  const coming = registration?.installing ?? registration?.waiting;
  if (!coming) return;
  while (coming.state === "installing") {
    await new Promise((resolve) =>
      coming.addEventListener("statechange", resolve, { once: true }),
    );
  }
  if (coming.state !== "installed") return;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  coming.postMessage("release", [port2]);
  if ((await answer) !== release) tell("ready");
}

/** Part of the page has not come: why? */
async function missed(tell: (told: Told) => void): Promise<void> {
  try {
    const response = await fetch(folder, { cache: "no-cache" });
    const isOther = response.ok && !(await response.text()).includes(release!);
    tell(isOther ? "gone" : "away");
  } catch {
    tell("away");
  }
}

/** Keeps the cores that this browser loads, now or once it is isolated. */
async function keepCores(): Promise<void> {
  const { cores } = await list();
  const relaxed = await within(1000, relaxedSimd).catch(() => false);
  const used = [cores.cpu];
  if (processors() > 1 && cores.threads) used.push(cores.threads);
  if (cores.webgpu && (await whyCpu()) === null) used.push(cores.webgpu);
  for (const tool of [cores.decoder, cores.session]) {
    if (tool) used.push(tool);
  }
  const urls = used.flatMap(({ script, wasm, relaxed: other, rest }) => [
    script,
    (relaxed && other) || wasm,
    rest,
  ]);
  urls.push(new URL("../cores.json", cores.cpu.script).href);
  const cache = await caches.open(name);
  for (const url of new Set(urls)) {
    if (!url || (await cache.match(url))) continue;
    const response = (await caches.match(url)) ?? (await fetch(url));
    if (response.ok) await cache.put(url, response);
  }
}
