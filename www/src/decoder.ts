// A decode worker: its own small wasm, which turns one file after another into a square.
import "./lib/rejections.ts";
import init, { decode } from "./wasm/decoder/decoder.js";
import url from "./wasm/decoder/decoder_bg.wasm?url";
import type { Bytes, Decoded } from "./protocol.ts";

/** What the pool asks for: the middle square of a file, `size` pixels wide and high. */
export type Order = { file: File; size: number };

self.addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  const decoded = await read(data);
  const transfer = "pixels" in decoded ? [decoded.pixels.buffer] : [];
  self.postMessage(decoded, { transfer });
});

async function read({ file, size }: Order): Promise<Decoded> {
  let contents: ArrayBuffer;
  try {
    contents = await file.arrayBuffer();
  } catch {
    return { reason: "the file cannot be opened" };
  }
  try {
    // A copy out of the wasm's memory, which is never shared.
    const pixels = decode(new Uint8Array(contents), size) as Bytes;
    return { pixels };
  } catch (reason) {
    // Anything else is the end of this worker.
    if (typeof reason !== "string") throw reason;
    return { reason };
  }
}

const wasm = await init({ module_or_path: url });
wasm.__wasm_call_ctors();
// Ready for the first file.
self.postMessage(null);
