// The map's drawing: points or thumbnails on a canvas, which glide, zoom and pan.
//
// Plain pixels, not WebGL: without a GPU a WebGL map holds the page up for a tenth of a second a
// frame, and this one never for longer than a slice.
import { select, type Selection } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";
import { colourOf, inks, outlineOf } from "./marks.ts";
import { maskOf, pixelOf, Raster, type Images, type Mask } from "./raster.ts";

export type Ring = { point: number; kind: "self" | "h" | "z" };

export type Scene = {
  /** x then y: `[n, 2]`. */
  points: Float32Array;
  /** Image of each point. */
  images: number[];
  /** Class of a point. */
  classOf: (point: number) => number;
  dark: boolean;
  /** Images to draw instead of dots. */
  pictures: Images | null;
  /** Points ringed: the one selected, its nearest in h, its nearest in z. */
  rings: Ring[];
  /** Whether points glide to their new places, unless the machine is too slow for it. */
  glide: boolean;
};

/** Where the world lies on the screen: its middle, and pixels a unit. */
type Frame = { x: number; y: number; scale: number };

const GLIDE = 600;
/** So many frames further apart than this, in milliseconds, and points jump from then on. */
const SLOW = 70;
const SLOW_FRAMES = 4;
/** Milliseconds of drawing after which other work of the page has its turn. */
const SLICE = 8;
/** Points drawn between two looks at the clock. */
const BETWEEN = 16;

export class Scatter {
  #canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D;
  #width = 0;
  #height = 0;
  #selection: Selection<HTMLCanvasElement, unknown, null, undefined>;
  #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  #moved = zoomIdentity;
  #scene: Scene | null = null;
  #from: Float32Array = new Float32Array();
  #now = new Float32Array();
  #fromFrame: Frame = { x: 0, y: 0, scale: 1 };
  #toFrame = this.#fromFrame;
  #frame = this.#fromFrame;
  #since = 0;
  #last = 0;
  #slow = 0;
  #largest = 0;
  /** Whether a frame is asked for or being drawn, and whether another has to follow it. */
  #busy = false;
  #stale = false;
  #gone = false;
  #raster: Raster | null = null;
  /** By outline, in the size that was drawn last. */
  #masks = new Map<number[], Mask>();
  #observer = new ResizeObserver(() => this.#resize());

  constructor(canvas: HTMLCanvasElement, moved: () => void) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    this.#selection = select(canvas);
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.5, 100])
      .clickDistance(4)
      .filter((event: Event & { touches?: TouchList; button?: number }) =>
        // One finger goes on scrolling the page; a second click is not a zoom.
        event.touches
          ? event.touches.length > 1
          : event.type !== "dblclick" && !event.button,
      )
      .on("zoom", ({ transform }) => {
        this.#moved = transform;
        this.#ask();
        moved();
      });
    this.#selection.call(this.#zoom);
    this.#observer.observe(canvas);
  }

  destroy(): void {
    this.#gone = true;
    this.#observer.disconnect();
    this.#selection.on(".zoom", null);
  }

  /** Shows a scene; points glide if they are those of the last one. */
  show(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    if (before?.pictures !== scene.pictures) this.#slow = 0;
    if (before?.points !== scene.points) {
      const same = before?.images === scene.images && this.#now.length > 0;
      const glides = same && scene.glide && this.#slow < SLOW_FRAMES;
      this.#from = glides ? this.#now.slice() : scene.points;
      this.#fromFrame = this.#frame;
      this.#since = glides ? performance.now() : -Infinity;
      if (!same) this.#largest = 0;
      this.#now = new Float32Array(scene.points.length);
      this.#aim();
    }
    this.#ask();
  }

  /** Puts all points in view, and keeps them there until the learner moves. */
  fit(): void {
    this.#selection.call(this.#zoom.transform, zoomIdentity);
    this.#aim();
    this.#ask();
  }

  zoom(by: number): void {
    this.#selection.call(this.#zoom.scaleBy, 2 ** by);
  }

  /** The point under a place on the screen, in pixels from the corner, or -1. */
  at(x: number, y: number): number {
    const { scale, right, down } = this.#view();
    const [wx, wy] = [(x - right) / scale, (down - y) / scale];
    let best = -1;
    let nearest = ((this.#size() * 0.6 + 4) / scale) ** 2;
    for (let i = 0; i < this.#now.length / 2; i++) {
      const dx = this.#now[2 * i]! - wx;
      const dy = this.#now[2 * i + 1]! - wy;
      const distance = dx * dx + dy * dy;
      if (distance <= nearest) {
        nearest = distance;
        best = i;
      }
    }
    return best;
  }

  /** Where a point is on the screen. */
  project(point: number): [number, number] {
    const { scale, right, down } = this.#view();
    const [x, y] = [this.#now[2 * point]!, this.#now[2 * point + 1]!];
    return [right + x * scale, down - y * scale];
  }

  /** Pixels a unit, and where the world's origin is on the screen. */
  #view(): { scale: number; right: number; down: number } {
    const { x, y, scale } = this.#frame;
    const [right, down] = this.#moved.apply([
      this.#width / 2 - x * scale,
      this.#height / 2 + y * scale,
    ]);
    return { scale: scale * this.#moved.k, right, down };
  }

  /** Aims the frame at all points, unless the learner has moved. */
  #aim(): void {
    const points = this.#scene?.points;
    if (!points?.length || this.#moved.k !== 1 || this.#moved.x !== 0) return;
    const [left, low, right, high] = bounds(points);
    const [width, height] = [right - left, high - low];
    // A map that has shrunk to a spot is shown as a spot, not blown up again.
    this.#largest = Math.max(this.#largest, width, height);
    const least = this.#largest * 0.12 || 1;
    const margin = 2 * this.#size();
    this.#toFrame = {
      x: (left + right) / 2,
      y: (low + high) / 2,
      scale: Math.min(
        Math.max(50, this.#width - margin) / Math.max(width, least),
        Math.max(50, this.#height - margin) / Math.max(height, least),
      ),
    };
  }

  #resize(): void {
    const ratio = Math.min(2, devicePixelRatio);
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = this.#width * ratio;
    this.#canvas.height = this.#height * ratio;
    this.#raster = null;
    this.#since = -Infinity;
    this.#aim();
    this.#ask();
  }

  #ask(): void {
    this.#stale = true;
    if (this.#busy || this.#gone) return;
    this.#busy = true;
    requestAnimationFrame(async (now) => {
      this.#stale = false;
      this.#advance(now);
      await this.#draw();
      this.#busy = false;
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
    const part = Math.min(1, Math.max(0, (time - this.#since) / GLIDE));
    const eased = part * part * (3 - 2 * part);
    const mix = (a: number, b: number) => a + (b - a) * eased;
    for (let i = 0; i < this.#now.length; i++) {
      this.#now[i] = mix(this.#from[i]!, scene.points[i]!);
    }
    this.#frame = {
      x: mix(this.#fromFrame.x, this.#toFrame.x),
      y: mix(this.#fromFrame.y, this.#toFrame.y),
      scale: mix(this.#fromFrame.scale, this.#toFrame.scale),
    };
    if (part < 1) this.#ask();
  }

  /** Size of a mark, in pixels: smaller when there are many, larger when one looks closer. */
  #size(): number {
    const count = this.#scene?.images.length ?? 0;
    const [many, some, few] = this.#scene?.pictures
      ? [16, 22, 28]
      : [7, 10, 14];
    const base = count > 2000 ? many : count > 600 ? some : few;
    return Math.round(base! * Math.min(4, Math.max(0.7, this.#moved.k ** 0.5)));
  }

  /** Draws everything as it is now, in slices; shows it once it is whole. */
  async #draw(): Promise<void> {
    const scene = this.#scene;
    const { width, height } = this.#canvas;
    if (!scene || !width || !height) return;
    const ratio = width / this.#width;
    const size = this.#size();
    const side = Math.round(size * ratio);
    const raster = (this.#raster ??= new Raster(width, height));
    // What is drawn is one moment's, however long it takes.
    const points = this.#now;
    const { scale, right, down } = this.#view();
    raster.clear();
    let since = performance.now();
    for (let i = 0; i < scene.images.length; i++) {
      if (i % BETWEEN === 0 && performance.now() - since > SLICE) {
        await new Promise((resolve) => setTimeout(resolve));
        if (this.#gone) return;
        since = performance.now();
      }
      const x = Math.round((right + points[2 * i]! * scale) * ratio - side / 2);
      const y = Math.round(
        (down - points[2 * i + 1]! * scale) * ratio - side / 2,
      );
      if (x < -side || y < -side || x > width || y > height) continue;
      const kind = scene.classOf(i);
      const colour = pixelOf(colourOf(kind, scene.dark));
      if (scene.pictures) {
        const edge = Math.round(1.5 * ratio);
        raster.fill(x - edge, y - edge, side + 2 * edge, colour);
        raster.draw(x, y, side, scene.pictures, scene.images[i]!);
      } else raster.stamp(x, y, this.#mask(kind, side), colour);
    }
    this.#context.putImageData(raster.image, 0, 0);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const ring of scene.rings) {
      const x = right + points[2 * ring.point]! * scale;
      const y = down - points[2 * ring.point + 1]! * scale;
      this.#ring(ring, x, y, size);
    }
  }

  #ring(ring: Ring, x: number, y: number, size: number): void {
    const context = this.#context;
    const own = ring.kind === "self";
    context.beginPath();
    context.lineWidth = own ? 3.5 : 2.5;
    context.setLineDash(ring.kind === "z" ? [4, 3] : []);
    context.strokeStyle = inks(this.#scene!.dark)[ring.kind];
    const radius = size * 0.7 + { self: 3, h: 1, z: 5 }[ring.kind];
    context.arc(x, y, radius, 0, 2 * Math.PI);
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

function bounds(points: Float32Array): [number, number, number, number] {
  let [left, low, right, high] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    low = Math.min(low, points[i + 1]!);
    high = Math.max(high, points[i + 1]!);
  }
  return [left, low, right, high];
}
