// Writes a session file, or opens one, away from the page's thread; then it ends.
import "../lib/rejections.ts";
import { load, type Files } from "../core/load.ts";
import type { Bytes, Settings } from "../protocol.ts";
import {
  parts,
  session,
  type Extra,
  type Opened,
  type Written,
} from "./file.ts";
import type { SavedSession } from "./saved.ts";

/** What is asked of it: a session to write, or a file to open. */
export type Job = { files: Files } & (
  | { write: SavedSession; extra: Extra }
  | { open: File; usual: Settings; methods: string[] }
);

/** What comes of that. */
export type Outcome =
  { bytes: Bytes } | { session: SavedSession } | { reason: string };

/** What the wasm's script exports; what it refuses it throws, as a string. */
type Script = {
  write(session: Written): Bytes;
  SessionFile: new (bytes: Uint8Array) => Opened;
};

self.addEventListener("message", ({ data }) => void work(data), { once: true });

async function work(job: Job): Promise<void> {
  const outcome = await obey(job).catch((why: unknown): Outcome => ({
    reason: told(why),
  }));
  const transfer = "bytes" in outcome ? [outcome.bytes.buffer] : [];
  postMessage(outcome, { transfer });
}

/** Why it failed, in words a learner understands. */
function told(why: unknown): string {
  if (typeof why === "string") return why;
  // The wasm has ended, or an array could not be made.
  const full =
    why instanceof WebAssembly.RuntimeError || why instanceof RangeError;
  return full
    ? "it takes more memory than this browser gives a page"
    : (why as Error).message;
}

async function obey(job: Job): Promise<Outcome> {
  const script = await load<Script>(job.files);
  if ("write" in job) {
    return { bytes: script.write(parts(job.write, job.extra)) };
  }
  const bytes = new Uint8Array(await job.open.arrayBuffer());
  const opened = new script.SessionFile(bytes);
  return { session: session(opened, job.usual, job.methods) };
}
