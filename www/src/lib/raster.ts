// A picture in memory that marks and images are put into, pixel by pixel.
//
// Calls on a canvas are written down first and carried out later, all at once: nobody can stop in
// the middle. Writing pixels takes a fifth of the time, and can stop after any mark.
import { inside } from "./polygon.ts";

/** Square RGB images of `size` pixels a side, one after the other. */
export type Images = { pixels: Uint8Array; size: number };

/** How much of each pixel a shape covers, from 0 to 255: `[side, side]`. */
export type Mask = { side: number; cover: Uint8Array };

export class Raster {
  readonly image: ImageData;
  readonly #width: number;
  readonly #height: number;
  /** The same pixels as numbers: ABGR from the highest byte down. */
  readonly #pixels: Uint32Array;

  constructor(width: number, height: number) {
    this.image = new ImageData(width, height);
    this.#width = width;
    this.#height = height;
    this.#pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(): void {
    this.#pixels.fill(0);
  }

  /** A square in one colour, `part` of 255 of it. */
  fill(x: number, y: number, side: number, colour: number, part = 255): void {
    const left = Math.max(0, x);
    const right = Math.min(this.#width, x + side);
    const bottom = Math.min(this.#height, y + side);
    for (let row = Math.max(0, y); row < bottom; row++) {
      const at = row * this.#width;
      if (part === 255) this.#pixels.fill(colour, at + left, at + right);
      else for (let i = left; i < right; i++) this.#blend(at + i, colour, part);
    }
  }

  /** A shape in one colour over what is there, `part` of 255 of it. */
  stamp(x: number, y: number, mask: Mask, colour: number, part = 255): void {
    const { side, cover } = mask;
    const right = Math.min(side, this.#width - x);
    const bottom = Math.min(side, this.#height - y);
    for (let row = Math.max(0, -y); row < bottom; row++) {
      const to = (y + row) * this.#width + x;
      for (let column = Math.max(0, -x); column < right; column++) {
        const covered = (cover[row * side + column]! * part) / 255;
        if (covered === 255) this.#pixels[to + column] = colour;
        else if (covered >= 1) this.#blend(to + column, colour, covered);
      }
    }
  }

  /**
   * An image, scaled to `side`: larger pixel by pixel, smaller as the mean of four; `part` of 255
   * of it.
   */
  draw(
    x: number,
    y: number,
    side: number,
    images: Images,
    index: number,
    part = 255,
  ): void {
    const { pixels, size } = images;
    const from = index * size * size * 3;
    const right = Math.min(side, this.#width - x);
    const bottom = Math.min(side, this.#height - y);
    const scale = size / side;
    const first = (i: number) => Math.floor(i * scale);
    const last = (i: number) => Math.ceil((i + 1) * scale) - 1;
    for (let row = Math.max(0, -y); row < bottom; row++) {
      const to = (y + row) * this.#width + x;
      const upper = from + first(row) * size * 3;
      const lower = from + last(row) * size * 3;
      for (let column = Math.max(0, -x); column < right; column++) {
        const [left, far] = [first(column) * 3, last(column) * 3];
        const [a, b, c, d] = [
          upper + left,
          upper + far,
          lower + left,
          lower + far,
        ];
        const mean = (i: number) =>
          (pixels[a + i]! + pixels[b + i]! + pixels[c + i]! + pixels[d + i]!) >>
          2;
        const colour = OPAQUE | (mean(2) << 16) | (mean(1) << 8) | mean(0);
        if (part === 255) this.#pixels[to + column] = colour;
        else this.#blend(to + column, colour, part);
      }
    }
  }

  /** A colour that covers `part` of 255 of a pixel. */
  #blend(at: number, colour: number, part: number): void {
    const under = this.#pixels[at]!;
    if (under === 0) {
      this.#pixels[at] = (part << 24) | (colour & 0xffffff);
      return;
    }
    const left = ((under >>> 24) * (255 - part)) / 255;
    const all = part + left;
    let mixed = all << 24;
    for (let shift = 0; shift < 24; shift += 8) {
      const over = ((colour >>> shift) & 255) * part;
      const below = ((under >>> shift) & 255) * left;
      mixed |= ((over + below) / all) << shift;
    }
    this.#pixels[at] = mixed;
  }
}

const OPAQUE = 0xff000000;

/** `#rrggbb` as a pixel. */
export function pixelOf(colour: string): number {
  const rgb = parseInt(colour.slice(1), 16);
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
  return (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Places a side at which a pixel is asked whether it is inside. */
const ASKED = 4;

/** A shape in a box of `side` pixels, from its outline in one of 24. */
export function maskOf(outline: number[], side: number): Mask {
  const cover = new Uint8Array(side * side);
  const step = 24 / side / ASKED;
  for (let y = 0; y < side * ASKED; y++) {
    for (let x = 0; x < side * ASKED; x++) {
      if (!inside(outline, (x + 0.5) * step, (y + 0.5) * step)) continue;
      const at = Math.floor(y / ASKED) * side + Math.floor(x / ASKED);
      cover[at] = Math.min(255, cover[at]! + 256 / ASKED ** 2);
    }
  }
  return { side, cover };
}
