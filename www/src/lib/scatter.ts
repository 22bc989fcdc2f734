// The map's drawing: points or thumbnails on a canvas, which glide, zoom and pan.
//
// Plain pixels, not WebGL: without a GPU a WebGL map holds the page up for a tenth of a second a
// frame, and this one never for longer than a slice.
import { placing, WHOLE, type Placing, type View } from "./frame.ts";
import { colourOf, COMBINATIONS, inks, outlineOf } from "./marks.ts";
import { maskOf, pixelOf, Raster, type Images, type Mask } from "./raster.ts";
import { nearest } from "./walk.ts";
import { Zooming, type Gesture } from "./zooming.ts";

/** An image ringed: the one selected, the one pointed at, a near one in h or in z. */
export type Ring = { image: number; kind: "self" | "pointed" | "h" | "z" };

export type Scene = {
  /** x then y: `[n, 2]`. */
  points: Float32Array;
  /** Image of each point. */
  images: number[];
  /** Class of an image; null if all are alike. */
  classOf: ((image: number) => number) | null;
  /** Which images stand out from the others; null if none does. */
  lit: ((image: number) => boolean) | null;
  dark: boolean;
  /** Images to draw instead of dots. */
  pictures: Images | null;
  rings: Ring[];
  /** Half-width of the plane that the box shows, unless one has zoomed in. */
  half: number;
  view: View;
  /** Whether points glide to their new places, unless the machine is too slow for it. */
  glide: boolean;
};

/** What a drawing tells. */
export type Heard = {
  /** The learner zooms or moves. */
  viewed: (view: View) => void;
  /** A frame has been drawn. */
  drawn: () => void;
  /** Whether a drag on the map is not a move, but something else. */
  taken: (gesture: Gesture) => boolean;
};

const GLIDE = 600;
/** So many frames further apart than this, in milliseconds, and points jump from then on. */
const SLOW = 70;
const SLOW_FRAMES = 4;
/** Milliseconds of drawing after which other work of the page has its turn. */
const SLICE = 8;
/** Points drawn between two looks at the clock. */
const BETWEEN = 16;
/** Parts of 255 that are seen of what does not stand out. */
const DIMMED = 46;

/** How much of a glide is done at `time`: slow at both ends. */
function eased(since: number, time: number): number {
  const part = Math.min(1, Math.max(0, (time - since) / GLIDE));
  return part * part * (3 - 2 * part);
}

export class Scatter {
  #canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D;
  #box: [number, number] = [0, 0];
  #zooming: Zooming;
  #heard: Heard;
  #scene: Scene | null = null;
  /** Point of each image. */
  #index = new Map<number, number>();
  /** Where points come from and are now, which of them are new, and those that are gone. */
  #from: Float32Array = new Float32Array();
  #now: Float32Array = new Float32Array();
  #fresh: Uint8Array | null = null;
  #gone: { images: number[]; points: Float32Array } | null = null;
  #since = -Infinity;
  /** The half-width shown: where it comes from and is now. */
  #fromHalf = 1;
  #half = 1;
  #halfSince = -Infinity;
  #last = 0;
  #slow = 0;
  /** Whether a frame is asked for or being drawn, and whether another has to follow it. */
  #busy = false;
  #stale = false;
  #ended = false;
  #raster: Raster | null = null;
  /** By outline, in the size that was drawn last. */
  #masks = new Map<number[], Mask>();
  #observer = new ResizeObserver(() => this.#resize());

  constructor(canvas: HTMLCanvasElement, heard: Heard) {
    this.#canvas = canvas;
    this.#heard = heard;
    this.#context = canvas.getContext("2d")!;
    this.#zooming = new Zooming(canvas, heard.viewed, heard.taken);
    this.#observer.observe(canvas);
  }

  destroy(): void {
    this.#ended = true;
    this.#observer.disconnect();
    this.#zooming.destroy();
  }

  /** Shows a scene; what was there before glides, what is new appears, what is gone fades. */
  show(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    if (before?.pictures !== scene.pictures) this.#slow = 0;
    const glides = before !== null && scene.glide && this.#slow < SLOW_FRAMES;
    const now = glides ? performance.now() : -Infinity;
    if (before?.points !== scene.points) this.#turn(before, scene, now);
    if (before?.half !== scene.half) {
      this.#fromHalf = before?.images.length ? this.#half : scene.half;
      this.#halfSince = now;
    }
    this.#zooming.follow(scene.view);
    this.#ask();
  }

  /** The image under a place on the screen, in pixels from the corner, or null. */
  at(x: number, y: number): number | null {
    const { scale, right, down } = this.#placing();
    const within = (this.#size() * 0.6 + 4) / scale;
    const [wx, wy] = [(x - right) / scale, (down - y) / scale];
    const point = nearest(this.#now, wx, wy, within);
    return this.#scene?.images[point] ?? null;
  }

  /** Where an image is on the screen, if it is drawn. */
  project(image: number): [number, number] | null {
    const point = this.#index.get(image);
    if (point === undefined) return null;
    const { scale, right, down } = this.#placing();
    const [x, y] = [this.#now[2 * point]!, this.#now[2 * point + 1]!];
    return [right + x * scale, down - y * scale];
  }

  get #view(): View {
    return this.#scene?.view ?? WHOLE;
  }

  #placing(): Placing {
    return placing(this.#box, this.#size(), this.#half, this.#view);
  }

  /** Sets points out for where they are now; `since` is when they do. */
  #turn(before: Scene | null, scene: Scene, since: number): void {
    const { points, images } = scene;
    const [was, index] = [this.#now, this.#index];
    const same =
      before?.images.length === images.length &&
      images.every((image, point) => image === before.images[point]);
    this.#since = since;
    this.#fresh = this.#gone = null;
    if (!same) {
      this.#index = new Map(images.map((image, point) => [image, point]));
    }
    if (since === -Infinity) this.#from = points;
    else if (same) this.#from = was;
    else {
      this.#from = points.slice();
      this.#fresh = new Uint8Array(images.length);
      images.forEach((image, point) => {
        const old = index.get(image);
        if (old === undefined) this.#fresh![point] = 1;
        else this.#from.set(was.subarray(2 * old, 2 * old + 2), 2 * point);
      });
      const gone = [...index].filter(([image]) => !this.#index.has(image));
      this.#gone = {
        images: gone.map(([image]) => image),
        points: Float32Array.from(
          gone.flatMap(([, old]) => [was[2 * old]!, was[2 * old + 1]!]),
        ),
      };
    }
    this.#now = this.#from.slice();
  }

  #resize(): void {
    const ratio = Math.min(2, devicePixelRatio);
    const [width, height] = [
      this.#canvas.clientWidth,
      this.#canvas.clientHeight,
    ];
    this.#box = [width, height];
    this.#canvas.width = width * ratio;
    this.#canvas.height = height * ratio;
    this.#raster = null;
    this.#since = this.#halfSince = -Infinity;
    this.#zooming.resize(this.#box);
    this.#ask();
  }

  #ask(): void {
    this.#stale = true;
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    requestAnimationFrame(async (now) => {
      this.#stale = false;
      this.#advance(now);
      await this.#draw(now);
      this.#busy = false;
      if (this.#ended) return;
      this.#heard.drawn();
      if (this.#stale) this.#ask();
    });
  }

  /** Moves points and frame to where they are at `time`. */
  #advance(time: number): void {
    const scene = this.#scene;
    if (!scene) return;
    // The second frame of a glide onwards tells how fast frames come.
    if (this.#last > this.#since && time - this.#last > SLOW) this.#slow++;
    this.#last = time;
    const part = eased(this.#since, time);
    for (let i = 0; i < this.#now.length; i++) {
      const from = this.#from[i]!;
      this.#now[i] = from + (scene.points[i]! - from) * part;
    }
    if (part === 1) this.#fresh = this.#gone = null;
    const grown = eased(this.#halfSince, time);
    this.#half = this.#fromHalf + (scene.half - this.#fromHalf) * grown;
    if (part < 1 || grown < 1) this.#ask();
  }

  /** Size of a mark, in pixels: smaller when there are many, larger when one looks closer. */
  #size(): number {
    const count = Math.max(1, this.#scene?.images.length ?? 0);
    const room = Math.sqrt((this.#box[0] * this.#box[1]) / count);
    const base = this.#scene?.pictures
      ? Math.min(40, Math.max(12, room * 0.85))
      : Math.min(14, Math.max(6, room * 0.45));
    return Math.round(base * Math.min(4, this.#view.k ** 0.5));
  }

  /** Draws everything as it is at `time`, in slices; shows it once it is whole. */
  async #draw(time: number): Promise<void> {
    const scene = this.#scene;
    const { width, height } = this.#canvas;
    if (!scene || !width || !height) return;
    const ratio = width / this.#box[0];
    const size = this.#size();
    const side = Math.round(size * ratio);
    const edge = Math.max(1, Math.round(1.5 * ratio));
    const raster = (this.#raster ??= new Raster(width, height));
    // What is drawn is one moment's, however long it takes.
    const [points, fresh, gone] = [this.#now, this.#fresh, this.#gone];
    const { images, classOf, lit, pictures, dark } = scene;
    const index = this.#index;
    const { scale, right, down } = this.#placing();
    const part = eased(this.#since, time);
    const colours = Array.from({ length: COMBINATIONS }, (_, kind) =>
      pixelOf(colourOf(kind, dark)),
    );
    const grey = pixelOf(inks(dark).grey);

    const mark = (image: number, px: number, py: number, seen: number) => {
      const x = Math.round((right + px * scale) * ratio - side / 2);
      const y = Math.round((down - py * scale) * ratio - side / 2);
      if (x < -side || y < -side || x > width || y > height) return;
      const kind = classOf?.(image) ?? 0;
      const colour = classOf ? colours[kind % COMBINATIONS]! : grey;
      if (pictures) {
        raster.fill(x - edge, y - edge, side + 2 * edge, colour, seen);
        raster.draw(x, y, side, pictures, image, seen);
      } else raster.stamp(x, y, this.#mask(kind, side), colour, seen);
    };

    let since = performance.now();
    /** Whether the drawing goes on, after others have had their turn if it is time. */
    const goes = async (i: number) => {
      if (i % BETWEEN === 0 && performance.now() - since > SLICE) {
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
      return !this.#ended;
    };

    raster.clear();
    for (let i = 0; i < (gone?.images.length ?? 0); i++) {
      if (i % BETWEEN === 0 && !(await goes(i))) return;
      const seen = Math.round(255 * (1 - part));
      mark(
        gone!.images[i]!,
        gone!.points[2 * i]!,
        gone!.points[2 * i + 1]!,
        seen,
      );
    }
    // What stands out lies above the rest, what is ringed above all.
    for (const above of lit ? [false, true] : [true]) {
      for (let i = 0; i < images.length; i++) {
        if (i % BETWEEN === 0 && !(await goes(i))) return;
        const image = images[i]!;
        if (lit && lit(image) !== above) continue;
        const whole = above ? 255 : DIMMED;
        const seen = fresh?.[i] ? Math.round(whole * part) : whole;
        mark(image, points[2 * i]!, points[2 * i + 1]!, seen);
      }
    }
    const ringed = scene.rings.flatMap(({ image, kind }) => {
      const point = index.get(image);
      if (point === undefined) return [];
      return [
        { image, kind, x: points[2 * point]!, y: points[2 * point + 1]! },
      ];
    });
    for (const { image, x, y } of ringed) mark(image, x, y, 255);
    this.#context.putImageData(raster.image, 0, 0);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const { kind, x, y } of ringed) {
      this.#ring(kind, right + x * scale, down - y * scale, size);
    }
  }

  /**
   * A ring with a seam, so that it shows on pictures of any colour; round a picture that is near
   * the chosen one, a frame.
   */
  #ring(kind: Ring["kind"], x: number, y: number, size: number): void {
    const context = this.#context;
    const { dark, pictures } = this.#scene!;
    const near = kind === "h" || kind === "z";
    const radius = size * 0.7 + { self: 3, pointed: 6, h: 1, z: 1 }[kind];
    const width = { self: 3.5, pointed: 2, h: 2, z: 2 }[kind];
    const colours = inks(dark);
    context.beginPath();
    if (near && pictures) {
      const side = size + 3;
      context.rect(x - side / 2, y - side / 2, side, side);
    } else context.arc(x, y, radius, 0, 2 * Math.PI);
    context.setLineDash([]);
    context.lineWidth = width + 2;
    context.strokeStyle = dark ? "#000a" : "#fffa";
    context.stroke();
    context.setLineDash(kind === "z" ? [4, 3] : []);
    context.lineWidth = width;
    context.strokeStyle = near ? colours[kind] : colours.self;
    context.stroke();
  }

  #mask(kind: number, side: number): Mask {
    const outline = outlineOf(kind);
    let mask = this.#masks.get(outline);
    if (mask?.side !== side) {
      mask = maskOf(outline, side);
      this.#masks.set(outline, mask);
    }
    return mask;
  }
}
