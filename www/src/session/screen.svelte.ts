// Whether the screen stays on while a run trains: a laptop that sleeps computes nothing.
import { recall, remember } from "../lib/remembered.ts";

class Screen {
  /** Whether this browser can be asked: it can on a secure page, if it knows how. */
  readonly can = "wakeLock" in navigator;
  /** Whether the learner wants it. */
  on = $state(recall("screen") === "on");
  /** Whether the browser was asked and would not: it saves the battery, say. */
  refused = $state(false);

  turn(on: boolean): void {
    this.on = on;
    this.refused = false;
    remember("screen", on ? "on" : "off");
  }
}

export const screen = new Screen();
