// The map's drawing: points or thumbnails on the GPU. The only user of deck.gl, loaded when needed.
import {
  Deck,
  OrthographicView,
  type OrthographicViewState,
} from "@deck.gl/core";
import { IconLayer, ScatterplotLayer } from "@deck.gl/layers";
import { place, type Atlas } from "./atlas.ts";
import { bytesOf, colourOf, SHAPES } from "./marks.ts";

export type Scene = {
  /** x then y: `[n, 2]`. */
  points: Float32Array;
  /** Image of each point. */
  images: number[];
  /** Class of each point. */
  classes: (point: number) => number;
  dark: boolean;
  /** Thumbnails to draw instead of dots. */
  atlas: Atlas | null;
  /** Points ringed: the one selected, its nearest in h, its nearest in z. */
  rings: { point: number; kind: "self" | "h" | "z" }[];
  /** Whether points glide to their new places. */
  glide: boolean;
};

type Box = { x: number; y: number; width: number; height: number };
type Point = { index: number; target: number[] };

const MARK = 48;
const GLIDE = 600;

export class Scatter {
  #deck: Deck<OrthographicView>;
  #marks = markAtlas();
  #data: { length: number } = { length: 0 };
  #scene: Scene | null = null;
  #version = 0;
  #view: OrthographicViewState = { target: [0, 0, 0], zoom: 0 };
  #fitted = true;
  #fitZoom = 0;
  #largest = 0;

  constructor(parent: HTMLDivElement, told: { moved(): void; lost(): void }) {
    this.#deck = new Deck({
      parent,
      views: new OrthographicView({ flipY: false }),
      controller: { keyboard: false, doubleClickZoom: false },
      viewState: this.#view,
      useDevicePixels: Math.min(2, devicePixelRatio),
      layers: [],
      onViewStateChange: ({ viewState, interactionState }) => {
        this.#view = viewState;
        if (interactionState.isPanning || interactionState.isZooming) {
          this.#fitted = false;
        }
        this.#draw();
        told.moved();
      },
      onResize: () => this.#fitted && this.fit(),
      onError: () => told.lost(),
    });
    parent
      .querySelector("canvas")
      ?.addEventListener("webglcontextlost", told.lost);
  }

  destroy(): void {
    this.#deck.finalize();
  }

  /** Forgets how large the map once was: another run begins. */
  forget(): void {
    this.#largest = 0;
    this.#fitted = true;
  }

  show(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    if (before?.points !== scene.points) this.#version++;
    if (before?.images !== scene.images || !this.#data.length) {
      this.#data = { length: scene.images.length };
    }
    if (this.#fitted) this.fit();
    else this.#draw();
  }

  /** Puts all points in view, and keeps them there until the learner moves. */
  fit(): void {
    const points = this.#scene?.points;
    if (!points?.length) return;
    const [low, high] = bounds(points);
    const spans = [high[0] - low[0], high[1] - low[1]] as const;
    // A map that has shrunk to a spot is shown as a spot, not blown up again.
    this.#largest = Math.max(this.#largest, ...spans);
    const least = this.#largest * 0.12 || 1;
    const room = 0.88;
    this.#fitZoom = Math.log2(
      room *
        Math.min(
          (this.#deck.width || 1) / Math.max(spans[0], least),
          (this.#deck.height || 1) / Math.max(spans[1], least),
        ),
    );
    this.#fitted = true;
    this.#view = {
      target: [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0],
      zoom: this.#fitZoom,
    };
    this.#draw();
  }

  zoom(by: number): void {
    this.#fitted = false;
    this.#view = { ...this.#view, zoom: this.#scale() + by };
    this.#draw();
  }

  /** The point under a place on the screen, in pixels from the corner, or -1. */
  at(x: number, y: number): number {
    const viewport = this.#deck.isInitialized && this.#deck.getViewports()[0];
    const scene = this.#scene;
    if (!viewport || !scene) return -1;
    const [px, py] = viewport.unproject([x, y]) as [number, number];
    let best = -1;
    let nearest = ((this.#size() * 0.6 + 4) / 2 ** this.#scale()) ** 2;
    for (let i = 0; i < scene.images.length; i++) {
      const dx = scene.points[2 * i]! - px;
      const dy = scene.points[2 * i + 1]! - py;
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
    const viewport = this.#deck.getViewports()[0]!;
    const { points } = this.#scene!;
    const place = [points[2 * point]!, points[2 * point + 1]!];
    return viewport.project(place) as [number, number];
  }

  #scale(): number {
    return this.#view.zoom as number;
  }

  /** Size of a mark, in pixels: smaller when there are many, larger when one looks closer. */
  #size(): number {
    const count = this.#data.length;
    const base = this.#scene?.atlas
      ? count > 2000
        ? 16
        : count > 600
          ? 22
          : 28
      : count > 2000
        ? 8
        : count > 600
          ? 11
          : 15;
    const closer = 2 ** ((this.#scale() - this.#fitZoom) / 2);
    return base * Math.min(5, Math.max(0.5, closer));
  }

  #draw(): void {
    const scene = this.#scene;
    if (!scene) return;
    const position = (_: unknown, { index, target }: Point) => {
      target[0] = scene.points[2 * index]!;
      target[1] = scene.points[2 * index + 1]!;
      target[2] = 0;
      return target as [number, number, number];
    };
    const atlas = scene.atlas;
    const common = {
      data: this.#data,
      getPosition: position as never,
      transitions: { getPosition: scene.glide ? GLIDE : 0 },
      sizeUnits: "pixels" as const,
      getSize: this.#size(),
    };
    const colours = colourTable(scene.dark);
    const dots = new IconLayer({
      ...common,
      id: "dots",
      visible: !atlas,
      iconAtlas: asTexture(this.#marks.canvas),
      iconMapping: this.#marks.mapping,
      getIcon: (_: unknown, { index }: { index: number }) =>
        `${scene.classes(index) % SHAPES.length}`,
      getColor: (_: unknown, { index }: { index: number }) =>
        colours[scene.classes(index) % colours.length]!,
      updateTriggers: {
        getPosition: this.#version,
        getIcon: scene.classes,
        getColor: [scene.classes, scene.dark],
      },
    });
    const thumbs =
      atlas &&
      new IconLayer({
        ...common,
        id: `thumbs-${atlas.count}-${atlas.cell}`,
        iconAtlas: asTexture(atlas.canvas),
        iconMapping: thumbMapping(atlas),
        getIcon: (_: unknown, { index }: { index: number }) =>
          `${scene.images[index]}`,
        textureParameters: { minFilter: "linear", magFilter: "nearest" },
        updateTriggers: { getPosition: this.#version, getIcon: atlas },
      });
    const rings = new ScatterplotLayer({
      id: "rings",
      data: scene.rings,
      getPosition: ({ point }) => [
        scene.points[2 * point]!,
        scene.points[2 * point + 1]!,
      ],
      transitions: { getPosition: scene.glide ? GLIDE : 0 },
      filled: false,
      stroked: true,
      radiusUnits: "pixels",
      lineWidthUnits: "pixels",
      getRadius: ({ kind }) =>
        this.#size() * 0.7 + (kind === "z" ? 5 : kind === "self" ? 3 : 1),
      getLineWidth: ({ kind }) => (kind === "self" ? 3.5 : 2),
      getLineColor: ({ kind }) => ringColour(kind, scene.dark),
      updateTriggers: {
        getPosition: this.#version,
        getRadius: this.#size(),
        getLineColor: scene.dark,
      },
    });
    this.#deck.setProps({
      viewState: this.#view,
      layers: [dots, thumbs, rings],
    });
  }
}

function ringColour(
  kind: "self" | "h" | "z",
  dark: boolean,
): [number, number, number] {
  if (kind === "self") return dark ? [255, 255, 255] : [0, 0, 0];
  if (kind === "h") return dark ? [92, 179, 238] : [0, 103, 168];
  return dark ? [255, 145, 72] : [180, 72, 0];
}

function bounds(points: Float32Array): [[number, number], [number, number]] {
  const low: [number, number] = [Infinity, Infinity];
  const high: [number, number] = [-Infinity, -Infinity];
  for (let i = 0; i < points.length; i++) {
    const axis = (i % 2) as 0 | 1;
    low[axis] = Math.min(low[axis], points[i]!);
    high[axis] = Math.max(high[axis], points[i]!);
  }
  return [low, high];
}

function colourTable(dark: boolean): [number, number, number][] {
  return Array.from({ length: 7 }, (_, i) => bytesOf(colourOf(i, dark)));
}

/** The layer takes a canvas as well, which its types do not say. */
function asTexture(canvas: HTMLCanvasElement): string {
  return canvas as unknown as string;
}

/** The shapes of the classes, white, to be coloured by the layer. */
function markAtlas(): {
  canvas: HTMLCanvasElement;
  mapping: Record<string, Box & { mask: boolean }>;
} {
  const canvas = document.createElement("canvas");
  canvas.width = MARK * SHAPES.length;
  canvas.height = MARK;
  const context = canvas.getContext("2d")!;
  const mapping: Record<string, Box & { mask: boolean }> = {};
  context.fillStyle = "white";
  SHAPES.forEach((shape, i) => {
    context.setTransform(MARK / 24, 0, 0, MARK / 24, i * MARK, 0);
    context.fill(new Path2D(shape));
    const at = { x: i * MARK, y: 0, width: MARK, height: MARK };
    mapping[i] = { ...at, mask: true };
  });
  return { canvas, mapping };
}

const mappings = new WeakMap<Atlas, Record<string, Box>>();

function thumbMapping(atlas: Atlas): Record<string, Box> {
  let mapping = mappings.get(atlas);
  if (!mapping) {
    mapping = {};
    for (let i = 0; i < atlas.count; i++) mapping[i] = place(atlas, i);
    mappings.set(atlas, mapping);
  }
  return mapping;
}
