// Which wasm the training worker loads: most visitors need not fetch the GPU path.
import type { Settings } from "./protocol.ts";

export type Core = "cpu" | "webgpu";

/** What the worker is told before all else. */
export type Choice = {
  core: Core;
  /** Why `auto` is the CPU; null if the core is to find out which is faster. */
  cpu: string | null;
  /** The `BroadcastChannel` on which further threads tell of their death. */
  deaths: string;
};

/** The core that serves a backend. That for WebGPU serves all, but is large. */
export const coreFor = (backend: Settings["backend"], cpu: Choice["cpu"]) =>
  backend === "webgpu" || (backend === "auto" && cpu === null)
    ? "webgpu"
    : "cpu";

/** Why `auto` is the CPU, if that is known without a trial. */
export async function whyCpu(): Promise<string | null> {
  const none = "WebGPU cannot be used: this browser offers no adapter";
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (!adapter) return none;
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, description].filter(Boolean).join(" ");
  // Not every software adapter says that it is one.
  return isFallbackAdapter || /swiftshader|llvmpipe/i.test(name)
    ? `the WebGPU adapter (${name}) is software, which is slower`
    : null;
}
