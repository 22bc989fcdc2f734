// All images side by side in one picture, from which the grid and the map draw.
import type { ImageSet } from "../protocol.ts";

export type Atlas = {
  image: ImageBitmap;
  /** Side of a cell, in pixels. */
  cell: number;
  columns: number;
  count: number;
};

const SIDE = 4096;

/** Paints the images in slices of a few milliseconds, so that nothing else waits. */
export async function paint(
  images: ImageSet,
  stop: AbortSignal,
): Promise<Atlas | null> {
  const count = images.names.length;
  const columns = Math.max(1, Math.ceil(Math.sqrt(count)));
  const cell = Math.min(images.size, Math.floor(SIDE / columns));
  const canvas = new OffscreenCanvas(
    columns * cell,
    Math.max(1, Math.ceil(count / columns)) * cell,
  );
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const whole = new ImageData(images.size, images.size);
  const scratch = new OffscreenCanvas(images.size, images.size);
  const scratchContext = scratch.getContext("2d")!;
  let since = performance.now();
  for (let i = 0; i < count; i++) {
    const x = (i % columns) * cell;
    const y = Math.floor(i / columns) * cell;
    unpack(images.pixels, i * images.size ** 2 * 3, whole.data);
    if (cell === images.size) context.putImageData(whole, x, y);
    else {
      scratchContext.putImageData(whole, 0, 0);
      context.drawImage(scratch, x, y, cell, cell);
    }
    if (performance.now() - since > 8) {
      await new Promise((resolve) => setTimeout(resolve));
      if (stop.aborted) return null;
      since = performance.now();
    }
  }
  const image = await createImageBitmap(canvas);
  return { image, cell, columns, count };
}

/** RGB bytes from `offset` on as RGBA. */
export function unpack(
  rgb: Uint8Array,
  offset: number,
  rgba: Uint8ClampedArray,
): void {
  for (let to = 0, from = offset; to < rgba.length; to += 4, from += 3) {
    rgba[to] = rgb[from]!;
    rgba[to + 1] = rgb[from + 1]!;
    rgba[to + 2] = rgb[from + 2]!;
    rgba[to + 3] = 255;
  }
}

/** Where image `index` lies in the picture. */
export function place(
  atlas: Atlas,
  index: number,
): { x: number; y: number; side: number } {
  return {
    x: (index % atlas.columns) * atlas.cell,
    y: Math.floor(index / atlas.columns) * atlas.cell,
    side: atlas.cell,
  };
}
