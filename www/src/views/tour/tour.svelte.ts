// Whether the tour goes, and where it is.
import { recall, remember } from "../../lib/remembered.ts";
import { following, drawn, target } from "./steps.ts";

class Tour {
  /** The present step; null while there is no tour. */
  step = $state<number | null>(null);
  /** Whether it came by itself in this visit. */
  #came = false;

  /** Goes to the next step that can be shown; after the last one it ends. */
  next(): void {
    this.step = following(this.step ?? -1, (at) => drawn(target(at)));
  }
  end(): void {
    this.step = null;
  }

  /** On the first visit, once, unless the address says `tour=off`; to a test only if it asks for it. */
  come(): void {
    if (this.#came) return;
    this.#came = true;
    const asked = new URLSearchParams(location.search);
    const unasked = navigator.webdriver ? "off" : "on";
    const wish = asked.get("tour") ?? unasked;
    if (wish === "off" || asked.has("show")) return;
    if (recall("tour")) return;
    remember("tour", "seen");
    this.next();
  }
}

export const tour = new Tour();

/** Starts the tour from its first step; drawers, which cover what it points at, are put away. */
export function startTour(): void {
  tour.end();
  const drawers = document.querySelectorAll<HTMLElement>(
    "[popover=auto]:popover-open",
  );
  for (const drawer of drawers) drawer.hidePopover();
  tour.next();
}
