// Keeps the session on this device as it goes on, and offers it on return.
import { forgetAll } from "../lib/remembered.ts";
import { asksElse } from "../session/address.ts";
import { collection } from "../session/collection.svelte.ts";
import { kept } from "../session/kept.svelte.ts";
import { lesson } from "../session/lesson.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { about, saving } from "../session/saving.svelte.ts";
import { scene } from "../session/scene.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { whenever } from "../session/sweep.svelte.ts";
import type { Entry } from "../store/disk.ts";
import { lean, VERSION, type SavedSession } from "../store/saved.ts";
import { Denied, Full, open, type Kept, type Store } from "../store/store.ts";
import { onCleared, tellCleared, turn } from "../store/tabs.ts";
import { gather, isWorth } from "./gather.ts";
import { takeOn } from "./goon.ts";

/** Milliseconds for which changes are gathered. The core makes a checkpoint every ten seconds, so a run that
 * trains is saved about as often. */
const GATHER = 400;

let store: Store | null = null;
/** The page has what it was opened with. */
let ready: Promise<void> = Promise.resolve();
/** The session of this page: another one than that of the last visit, until that is gone on with. */
let id = `${Date.now()} ${Math.random()}`;
let timer: ReturnType<typeof setTimeout> | undefined;
/** What was saved last. */
let last: SavedSession | null = null;
/** Whether the browser has been asked to keep it. */
let persists = false;
let working: Promise<void> = Promise.resolve();
/** What has been said already. */
const said = new Set<string>();

function tell(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  notices.tell(text);
}

/** Begins to keep the session; `asked` is the query by which the page was opened, `opened` when it has. */
export async function keepSession(
  asked: string,
  opened: Promise<void>,
): Promise<void> {
  ready = opened;
  follow();
  onCleared(() => {
    stop();
    tell(
      "All that was kept was cleared in another tab; this one is not kept either. Reload it to have its session kept again.",
    );
  });
  try {
    const mine = await open();
    await turn(() => {
      saving.elsewhere = true;
      change();
    });
    saving.elsewhere = false;
    if (saving.cleared) return;
    const { now, before, bytes } = await mine.look();
    saving.bytes = bytes;
    const [entry, other] = now ? [now, before] : [before, null];
    store = mine;
    if (entry) await offer(entry, other, asked, opened);
  } catch (error) {
    saving.denied = (error as Error).message;
  }
  await opened;
  change();
}

/** Offers a session. `other` is the one before it. */
async function offer(
  entry: Entry,
  other: Entry | null,
  asked: string,
  opened: Promise<void>,
): Promise<void> {
  if (entry.version > VERSION) {
    saving.before = other && other.version <= VERSION ? other : null;
    return tell(
      "What is kept of the last visit was saved by a newer version of this page. Reload it to have that version.",
    );
  }
  saving.before = entry;
  const { address } = entry.body as SavedSession;
  let elsewhere = asksElse(asked, address);
  if (elsewhere) {
    // One thing can be asked for in several ways: the page writes it in one.
    await opened;
    // What suits the images has then been answered.
    await runs.a.client?.ask({ type: "configure", settings: {} });
    elsewhere = asksElse(location.search, address);
  }
  // In a tab that has waited for another, the learner is in the middle of something.
  if (isWorth() || saving.cleared) return;
  if (!elsewhere) {
    saving.offer = entry;
    return;
  }
  const { images } = about(entry);
  notices.offer(
    `Your last session is kept (${images}). This link asks for something else; the session stays under More.`,
    [{ label: "Go on with it", act: () => void goOn(entry) }],
  );
}

/** The learner goes on with a session. */
export async function goOn(entry: Entry): Promise<void> {
  saving.offer = null;
  if (!store || saving.returning) return;
  // What the address asks for comes first, and makes way.
  await ready;
  await flush();
  try {
    await returning(async () => {
      const came = await store!.load(entry);
      if (!came) {
        return notices.tell("That session is not there any more.");
      }
      await takeOn(came);
      if (came.session.source) {
        id = entry.id;
        saving.before = null;
      }
    });
  } catch (error) {
    notices.tell(
      `The session could not be brought back: ${(error as Error).message}.`,
    );
  }
}

/** Saves nothing while a session is half there, and all of it once it is. */
export async function returning(work: () => Promise<void>): Promise<void> {
  saving.returning = true;
  try {
    await work();
  } finally {
    saving.returning = false;
    change();
  }
}

/** The learner does not: it stays under *More* until a session after this one takes its place. */
export function startAfresh(): void {
  saving.offer = null;
}

/** Clears all that is kept on this device, in every tab. */
export async function clearData(): Promise<void> {
  const mine = store ?? (await open().catch(() => null));
  stop();
  await working;
  await mine?.clear();
  forgetAll();
  tellCleared();
  // Afresh, without what the address says.
  location.replace(location.pathname);
}

function stop(): void {
  saving.cleared = true;
  saving.before = saving.offer = null;
  store = null;
  clearTimeout(timer);
}

/** Saves after whatever a learner would miss has changed. */
function follow(): void {
  whenever(() => {
    for (const { log, settings, pending, state } of runs.live) {
      void [log.saved, settings, pending, state, log.name, log.evaluated];
      // What is told of a run that trains comes with its next checkpoint.
      if (state !== "running") {
        void [log.checkpoint, log.map, log.verdict, log.readings];
      }
    }
    for (const { name } of kept.list) void name;
    void [kept.overlaid, runs.beside, runs.b.log, scene.space];
    void [session.images, session.options, collection.given];
    void [lesson.now, lesson.guess];
  }, change);
  // What is hidden may be ended without a word.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void flush();
  });
  addEventListener("pagehide", () => void flush());
}

function change(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void flush(), GATHER);
}

/** Saves now what has changed, once the save that is under way is over. */
function flush(): Promise<void> {
  clearTimeout(timer);
  return (working = working.then(save));
}

async function save(): Promise<void> {
  if (saving.cleared || saving.returning) return;
  if (!isWorth() && last === null) return;
  if (saving.elsewhere) {
    return tell("Another tab keeps this page's session; this one is not kept.");
  }
  if (saving.denied !== null) {
    return tell(
      `This browser lets the page keep nothing, so a reload ends what is here: ${saving.denied}. Private windows and blocked storage do that; everything else works.`,
    );
  }
  const now = gather();
  if (!store || !now || (last && isSame(last, now))) return;
  if (collection.own && !persists) void persist();
  const kept = await put(store, now);
  if (!kept) return;
  last = now;
  saving.bytes = kept.bytes;
  saving.when = kept.now!.when;
  saving.before = kept.before;
}

/** Saves a session, or as much of it as there is room for. */
async function put(store: Store, now: SavedSession): Promise<Kept | null> {
  const less = lean(now);
  const ways = [
    () => store.save(now, id),
    () => store.save(less, id),
    async () => {
      await store.forget();
      return store.save(less, id);
    },
  ];
  for (const [at, way] of ways.entries()) {
    try {
      const kept = await way();
      if (at > 0) {
        tell(
          "There is not enough room on this device to keep what the runs in the table have learned: their curves are kept.",
        );
      }
      return kept;
    } catch (error) {
      if (error instanceof Denied) {
        saving.denied = error.message;
        return null;
      }
      if (error instanceof Full) continue;
      tell(
        `This session could not be saved: ${(error as Error).message}. What was saved last is still there.`,
      );
      return null;
    }
  }
  tell(
    "There is no room on this device to keep this session: what was saved last is still there. Delete runs, or use fewer images.",
  );
  return null;
}

const isSame = (one: SavedSession, other: SavedSession): boolean => {
  const { runs, source, ...rest } = one;
  const { runs: runs_, source: source_, ...rest_ } = other;
  return (
    source === source_ &&
    runs.length === runs_.length &&
    runs.every((run, i) => run === runs_[i]) &&
    JSON.stringify(rest) === JSON.stringify(rest_)
  );
};

/** Asks the browser not to clear what is kept by itself. */
async function persist(): Promise<void> {
  persists = true;
  try {
    await navigator.storage.persist();
  } catch {
    // It is kept as long as there is room.
  }
}
