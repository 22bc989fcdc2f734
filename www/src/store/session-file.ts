// The page's side of session files: a worker for each that is written or opened.
import FileWorker from "file-worker?worker";
import { list } from "../core/cores.ts";
import type { Files } from "../core/load.ts";
import type { Bytes, Settings } from "../protocol.ts";
import type { Extra } from "./file.ts";
import type { Job, Outcome } from "./file-worker.ts";
import type { SavedSession } from "./saved.ts";

/** Largest file that is opened. */
const MOST = 1e9;
/** Most bytes of a zip's end that are looked at: what lists its files. */
const END = 2 ** 17;

type Asked = Job extends infer J
  ? J extends Job
    ? Omit<J, "files">
    : never
  : never;

/** Hands a job to a worker; `signal` ends it. Rejects with the reason. */
async function ask(job: Asked, signal: AbortSignal): Promise<Outcome> {
  const files = await program();
  signal.throwIfAborted();
  const worker = new FileWorker({ name: "session" });
  // Whoever holds the signal would hold the session as well.
  const over = new AbortController();
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), {
        signal: over.signal,
      });
      worker.onmessage = ({ data }: MessageEvent<Outcome>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || missing()));
      };
      worker.postMessage({ ...job, files } as Job);
    });
    if ("reason" in outcome) throw new Error(outcome.reason);
    return outcome;
  } finally {
    over.abort();
    worker.terminate();
  }
}

const missing = () => "the program for session files did not load";
const building = () =>
  "the program for session files is still being built: try again in a minute";

async function program(): Promise<Files> {
  const { cores, coming } = await list();
  if (cores.session) return cores.session;
  throw new Error(coming.includes("session") ? building() : missing());
}

/** A session as the bytes of a file. */
export async function write(
  session: SavedSession,
  extra: Extra,
  signal: AbortSignal,
): Promise<Bytes> {
  const outcome = await ask({ write: session, extra }, signal);
  return (outcome as { bytes: Bytes }).bytes;
}

/** The session of a file. Settings that it lacks are the `usual` ones. */
export async function read(
  file: File,
  usual: Settings,
  methods: string[],
  signal: AbortSignal,
): Promise<SavedSession> {
  if (file.size > MOST) {
    throw new Error(
      "it is larger than a gigabyte, the most that is opened here",
    );
  }
  const outcome = await ask({ open: file, usual, methods }, signal);
  return (outcome as { session: SavedSession }).session;
}

/** What makes a zip a session. */
const NAME = "session.json";
/** Bytes of a zip's list before the name of a file, and where the length of that name is. */
const BEFORE = 46;
const LENGTH = 28;

/** Whether a file is a session: a zip whose list has that name. */
export async function isSession(file: File): Promise<boolean> {
  if (!/\.zip$/i.test(file.name)) return false;
  try {
    const end = await file.slice(Math.max(0, file.size - END)).arrayBuffer();
    const text = new TextDecoder("latin1").decode(end);
    const view = new DataView(end);
    for (
      let at = text.indexOf(NAME);
      at >= 0;
      at = text.indexOf(NAME, at + 1)
    ) {
      const entry = at - BEFORE;
      if (entry < 0 || !text.startsWith("PK\x01\x02", entry)) continue;
      if (view.getUint16(entry + LENGTH, true) === NAME.length) return true;
    }
  } catch {
    // It cannot be read: whoever tries says why.
  }
  return false;
}
