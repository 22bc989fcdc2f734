/** The pixels of a square canvas, without their alpha: `[size, size, 3]`. */
export function rgb(
  context: OffscreenCanvasRenderingContext2D,
  size: number,
): Uint8Array<ArrayBuffer> {
  const { data } = context.getImageData(0, 0, size, size);
  const bytes = new Uint8Array(size * size * 3);
  for (let i = 0, j = 0; i < data.length; i++)
    if (i % 4 < 3) bytes[j++] = data[i]!;
  return bytes;
}
