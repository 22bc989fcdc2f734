// Wheel, drag and pinch on a box: d3-zoom has the gestures, what they lead to is a view that several boxes
// can share.
import { select, type Selection } from "d3-selection";
import { zoom, zoomIdentity, zoomTransform, type ZoomBehavior } from "d3-zoom";
import { CLOSEST, transformOf, viewOf, WHOLE, type View } from "./frame.ts";

export type Gesture = MouseEvent | TouchEvent;

export class Zooming {
  #box: [number, number] = [0, 0];
  #view = WHOLE;
  #selection: Selection<HTMLCanvasElement, unknown, null, undefined>;
  #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;

  /**
   * `viewed` is told what a gesture leads to; the view is where `follow` puts it. `taken` says
   * whether a gesture is something else.
   */
  constructor(
    canvas: HTMLCanvasElement,
    viewed: (view: View) => void,
    taken: (gesture: Gesture) => boolean,
  ) {
    this.#selection = select(canvas);
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([1, CLOSEST])
      .clickDistance(4)
      .filter((gesture: Gesture) => {
        if (taken(gesture)) return false;
        // One finger scrolls the page as long as all is in view; a second click is not a zoom.
        return "touches" in gesture
          ? gesture.touches.length > 1 || this.#view.k > 1
          : gesture.type !== "dblclick" && !gesture.button;
      })
      .on("zoom", ({ transform, sourceEvent }) => {
        if (sourceEvent) viewed(viewOf(this.#box, transform));
      });
    this.#selection.call(this.#zoom);
  }

  destroy(): void {
    this.#selection.on(".zoom", null);
  }

  resize([width, height]: [number, number]): void {
    this.#box = [width, height];
    // A little further than the box, but never out of sight.
    this.#zoom.translateExtent([
      [-width / 4, -height / 4],
      [width * 1.25, height * 1.25],
    ]);
    this.follow(this.#view);
  }

  /** Gestures go on from this view. */
  follow(view: View): void {
    this.#view = view;
    if (!this.#box[0]) return;
    const wanted = transformOf(this.#box, view);
    const { x, y, k } = zoomTransform(this.#selection.node()!);
    const apart = Math.max(Math.abs(x - wanted.x), Math.abs(y - wanted.y));
    if (apart < 0.01 && Math.abs(k / wanted.k - 1) < 1e-6) return;
    const next = zoomIdentity.translate(wanted.x, wanted.y).scale(wanted.k);
    this.#selection.call(this.#zoom.transform, next);
  }
}
