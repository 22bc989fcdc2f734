// The session as a file: out, and in again, here or on another computer.
import { download } from "../lib/download.ts";
import { aborted } from "../lib/within.ts";
import type { Event } from "../protocol.ts";
import { column } from "../session/log.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { until } from "../session/sweep.svelte.ts";
import { takeout } from "../session/takeout.svelte.ts";
import type { Extra } from "../store/file.ts";
import type { SavedRun, SavedSession } from "../store/saved.ts";
import { isSession, read, write } from "../store/session-file.ts";
import { returning } from "./autosave.ts";
import { gather } from "./gather.ts";
import { takeOn } from "./goon.ts";
import { rememberRuns } from "./history.ts";
import { pause } from "./run.ts";
import { anew } from "./settings.ts";

type Embeddings = Extract<Event, { type: "embeddings" }>;

/** Ends what is under way. */
let ends = new AbortController();

const cancelled = () => "Cancelled.";

export const cancel = () => ends.abort(new Error(cancelled()));

/** Does it, unless something else is under way; says why if it fails. */
async function alone(
  now: "write" | "open",
  work: (signal: AbortSignal) => Promise<string>,
  failed: (why: string) => string,
): Promise<void> {
  if (takeout.now) return;
  ends = new AbortController();
  takeout.now = now;
  takeout.said = "";
  try {
    takeout.said = await work(ends.signal);
  } catch (error) {
    const why = (error as Error).message;
    takeout.said = ends.signal.aborted ? cancelled() : failed(why);
    if (!ends.signal.aborted) notices.tell(takeout.said);
  } finally {
    takeout.now = null;
  }
}

/** Saves the session as a file. Training waits meanwhile: a file is of one step. */
export function saveFile(): Promise<void> {
  const save = async (signal: AbortSignal) => {
    const went = runs.live.filter(
      (run) => run.state === "running" || run.preparing,
    );
    try {
      const { session, extra } = await atRest(signal);
      const bytes = await write(session, extra, signal);
      const day = new Date().toISOString().slice(0, 10);
      const name = `twoviews-${session.about.methods.join("-")}-${day}.zip`;
      download(name, bytes, "application/zip");
      return `Saved as ${name}, ${(bytes.length / 1e6).toFixed(1)} MB.`;
    } finally {
      for (const run of went) {
        if (run.log.started && run.state === "paused") {
          run.send({ type: "resume" });
        }
      }
    }
  };
  return alone("write", save, (why) => `The session was not saved: ${why}.`);
}

/** The session once nothing trains, and h and z of its runs. */
async function atRest(
  signal: AbortSignal,
): Promise<{ session: SavedSession; extra: Extra }> {
  const live = [...runs.live];
  const over = aborted(signal);
  await until(() => !runs.preparing, over);
  signal.throwIfAborted();
  // What has not begun cannot pause: the core would refuse it, and the learner be told so.
  pause(live.filter(({ state }) => state === "running"));
  const known = ({ log, failed }: Run) => log.known || failed !== null;
  await until(() => !runs.running && live.every(known), over);
  signal.throwIfAborted();
  const vectors = await Promise.all(live.map((run) => embedded(run, over)));
  signal.throwIfAborted();
  const session = gather();
  if (!session) throw new Error("there is nothing in it yet");
  const places = [session.a.run, session.b?.run ?? null];
  const of = (run: SavedRun, at: number) => {
    const place = places.indexOf(at);
    const told = place < 0 ? null : (vectors[place] ?? null);
    const embeddings =
      told && told.step === run.checkpoint?.step
        ? { h: told.h, z: told.z }
        : null;
    return { embeddings, labels: labels(run) };
  };
  return { session, extra: { runs: session.runs.map(of) } };
}

/** h and z of a run; null if it has none, or they are wanted no more. */
async function embedded(
  run: Run,
  over: Promise<void>,
): Promise<Embeddings | null> {
  const { client, log } = run;
  if (!client || log.step === 0 || run.failed !== null) return null;
  const asked = client.ask({ type: "embeddings" });
  const given = until(
    () => run.failed !== null || run.client !== client,
    Promise.race([asked, over]),
  ).then(() => null);
  const answer = await Promise.race([asked, given]);
  return answer?.type === "embeddings" ? answer : null;
}

/** What the curves of a run are called. */
function labels({ settings }: SavedRun): Record<string, string> {
  const card = session.cards.find(({ id }) => id === settings?.method);
  const terms = (card?.terms ?? []).map(({ id, label }) => [id, label]);
  const read = session.readings.flatMap(({ id, label }) => [
    [column(id, "h"), `${label}, h`],
    [column(id, "z"), `${label}, z`],
  ]);
  const all = [["total", "loss"], ...terms, ...read];
  return Object.fromEntries(all) as Record<string, string>;
}

/** Opens a file that is a session or a checkpoint; false if it is neither. */
export async function take(file: File): Promise<boolean> {
  const ours = isWeights(file) || (await isSession(file));
  if (ours) await openFile(file);
  return ours;
}

const isWeights = ({ name }: File) => /\.safetensors$/i.test(name);

/** Opens the session of a file, or takes up the run of a checkpoint; what is here makes way for it. */
export function openFile(file: File): Promise<void> {
  const open = async (signal: AbortSignal) => {
    // What the address asks for comes first.
    await until(() => runs.a.ready && session.defaults !== null);
    const methods = session.cards.map(({ id }) => id);
    if (isWeights(file)) await openWeights(file, methods);
    else await openSession(file, methods, signal);
    return `${file.name} is open.`;
  };
  return alone(
    "open",
    open,
    (why) => `${file.name} could not be opened: ${why}.`,
  );
}

async function openSession(
  file: File,
  methods: string[],
  signal: AbortSignal,
): Promise<void> {
  const came = await read(file, session.defaults!, methods, signal);
  rememberRuns();
  await returning(() =>
    takeOn({ session: came, damaged: [], imageless: false }),
  );
}

/** A run that was elsewhere goes on here, on the present images. */
async function openWeights(file: File, methods: string[]): Promise<void> {
  const { a } = runs;
  const checkpoint = new Uint8Array(await file.arrayBuffer());
  const { settingsOf } = await import("../store/weights.ts");
  const settings = settingsOf(checkpoint, session.defaults!, methods);
  // Where it computes is this page's.
  settings.backend = a.settings!.backend;
  rememberRuns();
  let refused: string | null = null;
  await anew(a, async () => {
    const answer = await a.client?.ask({
      type: "restore",
      images: null,
      settings,
      checkpoint,
    });
    if (answer?.type !== "refused") return true;
    // The run that is there goes on.
    refused = answer.error;
    return false;
  });
  if (refused !== null) throw new Error((refused as string).replace(/\.$/, ""));
}
