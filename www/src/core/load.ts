// Loads a core: its script and its wasm, at once.
import { relaxedSimd } from "wasm-feature-detect";
import { restAt } from "./rest.ts";
import { within } from "../lib/within.ts";

/** What a core is made of: addresses, and its memory if it does not make that itself. */
export type Files = {
  script: string;
  wasm: string;
  /** The same for browsers that have relaxed SIMD. */
  relaxed?: string;
  /** What is loaded when it is first called. */
  rest?: string;
  memory?: Pages;
};

/** Bytes of a page of memory. */
const PAGE = 65_536;

/** Pages of 64 KiB. */
export type Pages = { initial: number; maximum: number };

/** What every core's script exports. */
type Script = {
  default(from: {
    module_or_path: Response;
    memory?: WebAssembly.Memory;
  }): Promise<{ __wasm_call_ctors(): void }>;
};

/** The files asked for have made way for those of another version. */
export class Gone extends Error {
  constructor() {
    super("a new version of this page is there");
  }
}

/** Bytes to which the memory of the core in use may grow; null if nobody has limited that. */
let most: number | null = null;

/** The same, as a number that a core takes: it counts to four gigabytes, less one. */
export const mostMemory = () => most && Math.min(most, 2 ** 32 - 1);

/** 256 MiB: with less, little can be trained. */
const LEAST = 4096;

/** Loads a core, and makes it ready: what its script exports. */
export async function load<T>(
  files: Files,
  memory = files.memory && reserve(files.memory, false),
): Promise<T> {
  // A script has one wasm for good: cores that share their script need one each.
  const importing = import(
    /* @vite-ignore */ `${files.script}#${encodeURIComponent(files.wasm)}`
  );
  // Of the two, the wasm's request says why it failed.
  importing.catch(() => {});
  const relaxed = await within(1000, relaxedSimd).catch(() => false);
  const response = await fetchOrKept((relaxed && files.relaxed) || files.wasm);
  const script = (await importing) as T & Script;
  const wasm = await script.default({ module_or_path: response, memory });
  // The linker wraps every export in the constructors until they have run once, which costs
  // milliseconds a call: this must come before anything else.
  wasm.__wasm_call_ctors();
  if (files.rest) restAt(files.rest, wasm);
  // For tests and tools, as `window.twoviews` is.
  Object.assign(self, { wasm });
  return script;
}

/** A wasm from its server; as it was kept where that is away or has another release by now. */
async function fetchOrKept(url: string): Promise<Response> {
  const response = await fetch(url).catch((error: Error) => error);
  const isThere = !(response instanceof Error) && response.ok;
  // Some servers answer with a page what they do not have.
  const isPage =
    isThere && /html/.test(response.headers.get("Content-Type") ?? "");
  if (isThere && !isPage) return response;
  const kept = await self.caches?.match(url).catch(() => undefined);
  if (kept) return kept;
  if (response instanceof Error) throw response;
  if (isPage || response.status === 404) throw new Gone();
  throw new Error(`${url} could not be fetched (${response.status})`);
}

/** Memory for a core: as much as it may grow to, or as the browser allows. */
export function reserve(
  { initial, maximum }: Pages,
  shared: boolean,
): WebAssembly.Memory {
  const least = Math.max(LEAST, initial);
  for (let pages = maximum; ; pages = Math.max(least, Math.floor(pages / 2))) {
    try {
      const memory = new WebAssembly.Memory({
        initial,
        maximum: pages,
        shared,
      });
      most = pages * PAGE;
      return memory;
    } catch (error) {
      if (pages <= least) {
        const kind = shared ? "shared memory" : "memory";
        throw new Error(`the browser refuses ${kind} (${error})`);
      }
    }
  }
}
