// Plays a decode worker without wasm: the browser reads the files. One named `broken` kills it.
import type { Answer, Decoded, Order } from "../src/images/decoder.ts";
import { rgb } from "./rgb.ts";

const post = (answer: Answer) => self.postMessage(answer);

// What to load is told first.
self.addEventListener("message", () => post(null), { once: true });
self.addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  if (!data.file) return;
  if (data.file.name.includes("broken")) {
    setTimeout(() => {
      throw new Error("a made-up crash");
    });
    return;
  }
  post(await read(data));
});

async function read({ file, size }: Order): Promise<Decoded> {
  try {
    const bitmap = await createImageBitmap(file);
    const side = Math.min(bitmap.width, bitmap.height);
    const left = (bitmap.width - side) / 2;
    const top = (bitmap.height - side) / 2;
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(bitmap, left, top, side, side, 0, 0, size, size);
    return { pixels: rgb(context, size) };
  } catch {
    return { reason: file.size ? "not an image that can be read" : "empty" };
  }
}
