// A decode worker: its own small wasm, which turns one file after another into a square.
import "../lib/rejections.ts";
import { load, type Files } from "../core/load.ts";
import type { Bytes, Decoded } from "../protocol.ts";

/** What the pool asks for: the middle square of a file, `size` pixels wide and high. */
export type Order = { file: File; size: number };

/** What it answers: first that it is ready, or why not, then what is in each file. */
export type Answer = null | { failed: string } | Decoded;

/** What the wasm's script exports. */
type Decoding = { decode(bytes: Uint8Array, size: number): Uint8Array };

const post = (answer: Answer, transfer: Transferable[] = []) =>
  self.postMessage(answer, { transfer });

// Nothing here waits at the top: of what fails there, WebKit says nothing.
self.addEventListener("message", ({ data }) => void begin(data), {
  once: true,
});

async function begin(files: Files): Promise<void> {
  try {
    const script = await load<Decoding>(files);
    self.addEventListener("message", async ({ data }) => {
      const decoded = await read(script, data);
      post(decoded, "pixels" in decoded ? [decoded.pixels.buffer] : []);
    });
    post(null);
  } catch (error) {
    post({ failed: (error as Error).message });
  }
}

async function read(
  { decode }: Decoding,
  { file, size }: Order,
): Promise<Decoded> {
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
