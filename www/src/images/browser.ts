// Kinds of images that our decoder does not know and this browser may: HEIC, AVIF and the like. The browser
// gives the pixels as they are stored, and ours makes the square of them.
import type { Decoding } from "./decoder.ts";

/** Types by which a browser says whether it reads a kind. */
const TYPES: Record<string, string> = {
  AVIF: "image/avif",
  HEIC: "image/heic",
  ICO: "image/x-icon",
  "JPEG XL": "image/jxl",
};

/** What to do where a kind is not read. */
const ADVICE: Record<string, string> = {
  HEIC: "save it as JPEG; so that an iPhone makes JPEGs, choose Settings, Camera, Formats, Most Compatible",
};

/** What a browser knows of its decoders, if it tells. */
type Decoders = { isTypeSupported(type: string): Promise<boolean> };

/** The middle square of a file. Throws why it cannot be had, as a string. */
export async function byBrowser(
  script: Decoding,
  kind: string,
  blob: Blob,
  size: number,
): Promise<Uint8Array> {
  let bitmap: ImageBitmap;
  try {
    // Turned upright, as the file says; its colour profile is ignored, as everywhere.
    bitmap = await createImageBitmap(blob, {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    throw await refusal(kind);
  }
  try {
    const { width, height } = bitmap;
    script.fits(width, height);
    const side = Math.min(width, height);
    const [left, top] = [width, height].map((all) =>
      Math.floor((all - side) / 2),
    );
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw `this browser has no memory left for the ${kind} file`;
    context.drawImage(bitmap, -left!, -top!);
    const { data } = context.getImageData(0, 0, side, side);
    return script.square(data, side, side, size);
  } finally {
    bitmap.close();
  }
}

/** Why a browser has not read a file. */
async function refusal(kind: string): Promise<string> {
  const advice = ADVICE[kind] ?? "save it as PNG or JPEG";
  const { ImageDecoder } = self as { ImageDecoder?: Decoders };
  const asked = ImageDecoder?.isTypeSupported(TYPES[kind] ?? "");
  const reads = await asked?.catch(() => undefined);
  if (reads) return `the ${kind} file is broken or cut short`;
  return reads === false
    ? `${kind} is not read by this browser: ${advice}`
    : `this browser could not read the ${kind} file: ${advice}`;
}
