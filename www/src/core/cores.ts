// Which cores there are, found when the page runs, and which of them this browser is to load: most
// visitors need not fetch the GPU path.
import { Gone, type Files } from "./load.ts";
import type { Settings } from "../protocol.ts";
import { within } from "../lib/within.ts";

/** Where they are, under the page; null if the workers need none (see `vite.config.ts`). */
declare const CORES: string | null;

export type Core = "cpu" | "threads" | "webgpu";

/** What is fetched when files are read, and when a session is saved to a file or opened. */
export type Tool = "decoder" | "session";

/** `cores.json`, with addresses that are complete. */
export type Cores = {
  cores: { cpu: Files } & Partial<Record<Core | Tool, Files>>;
  /** Those that are still being built. */
  coming: (Core | Tool)[];
  /** Those that could not be built. */
  failed: { core: Core | Tool; reason: string }[];
};

/** What the worker is told before all else. */
export type Choice = {
  core: Files;
  /** What to try first, if there may be more threads than one. */
  threads: Threads | null;
  /** Why `auto` is the CPU; null if the core is to find out which is faster. */
  cpu: string | null;
};

export type Threads = {
  files: Files;
  count: number;
  /** Name of the `BroadcastChannel` on which further ones tell of their death. */
  deaths: string;
};

/** What the worker answers before the core does: whether it is making its further threads now; why there is
 * one though more were tried; or its end. */
export type Start =
  | { making: boolean }
  | { alone: string | null }
  | {
      failed: string;
      /** Whether it asked for files that are there no more. */
      gone: boolean;
    };

/** Milliseconds for a short file to come. */
const LIST = 10_000;
/** Milliseconds for the browser to find its GPU. */
const ADAPTER = 5_000;
/** More threads than this gain little: the work of a step is cut into few pieces. */
const MOST = 8;

/** How many threads this device runs at once. */
export const processors = () => navigator.hardwareConcurrency || 1;

export const threadCount = () => Math.min(processors(), MOST);

/** How many of its threads each of so many runs is to compute with, so that they share the processors. */
export const threadsOfEach = (runs: number) =>
  Math.max(1, Math.floor(threadCount() / runs));

/** Which cores there are now. */
export async function list(): Promise<Cores> {
  if (CORES === null) {
    const none: Files = { script: "", wasm: "" };
    return { cores: { decoder: none, cpu: none }, coming: [], failed: [] };
  }
  const address = new URL(`${CORES}cores.json`, document.baseURI);
  const response = await within(LIST, () =>
    fetch(address, { cache: "no-cache" }),
  ).catch((error: Error) => {
    const why = `${address} could not be fetched (${error.message})`;
    throw new Error(why);
  });
  if (response.status === 404) throw new Gone();
  if (!response.ok) {
    const why = `${address} could not be fetched (${response.status})`;
    throw new Error(why);
  }
  const found = (await response.json()) as Cores;
  for (const files of Object.values(found.cores)) {
    for (const part of ["script", "wasm", "relaxed", "rest"] as const) {
      const path = files[part];
      if (path) files[part] = new URL(path, address).href;
    }
  }
  return found;
}

/** Why `auto` is the CPU, if that is known without a trial. */
export async function whyCpu(): Promise<string | null> {
  const adapter = await within(ADAPTER, () =>
    navigator.gpu.requestAdapter(),
  ).catch(() => null);
  if (!adapter) return "WebGPU cannot be used: this browser offers no adapter";
  try {
    const { vendor, architecture, description, isFallbackAdapter } =
      adapter.info;
    const name = [vendor, architecture, description].filter(Boolean).join(" ");
    // Not every software adapter says that it is one.
    return isFallbackAdapter || /swiftshader|llvmpipe/i.test(name)
      ? `the WebGPU adapter (${name}) is software, which is slower`
      : null;
  } catch {
    return "WebGPU cannot be used: this browser does not say what its adapter is";
  }
}

/** Why the core for WebGPU is not there, in words that follow "WebGPU cannot be used:". */
const absent = ({ coming }: Cores) =>
  coming.includes("webgpu")
    ? "the program for it is still being built"
    : "this page was built without it";

/** What there is to load for a backend, and why it computes in one thread, if it does. */
export type Best = { core: Core; cpu: string | null; alone: string | null };

/** The fastest core for a backend. `cpu` is why `auto` is the CPU, `broken` what ended the threads. */
export function best(
  cores: Cores,
  backend: Settings["backend"],
  cpu: string | null,
  broken: string | null,
): Best {
  if (backend === "webgpu" || (backend === "auto" && cpu === null)) {
    if (cores.cores.webgpu) {
      const alone = "the program for WebGPU has no threads";
      return { core: "webgpu", cpu, alone };
    }
    cpu = `WebGPU cannot be used: ${absent(cores)}`;
  }
  const alone = whyAlone(cores) ?? broken;
  return { core: alone === null ? "threads" : "cpu", cpu, alone };
}

/** Why the CPU is to compute in one thread, if that is known without a trial. */
function whyAlone({ cores, coming }: Cores): string | null {
  if (processors() < 2)
    return "this device has one processor, as far as the browser says";
  if (!isSecureContext) return "browsers keep more for addresses with https";
  if (!crossOriginIsolated) {
    return "the browser has not isolated this visit from other pages; it may the next";
  }
  if (typeof SharedArrayBuffer === "undefined") {
    return "this browser has no shared memory";
  }
  if (cores.threads) return null;
  return coming.includes("threads")
    ? "the program for more is still being built"
    : "this page was built without more";
}
