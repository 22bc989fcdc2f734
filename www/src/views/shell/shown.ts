// What is on the screen: as the address asks, and as there is room.
import { MediaQuery } from "svelte/reactivity";
import { lesson } from "../../session/lesson.svelte.ts";

/** Parts of the page that can be left out, and what they are called. */
export const parts = () => ({
  views: /* @wc-include */ "views",
  clicked: "what was clicked",
  tools: "tools of the maps",
  pipeline: /* @wc-include */ "pipeline",
  labels: /* @wc-include */ "labels",
  scores: "kNN accuracy",
  loss: /* @wc-include */ "loss",
  verdict: "what is said of a run",
  b: "what stands beside A",
});
export type Part = keyof ReturnType<typeof parts>;

/** Of them those that a projector or a lesson may do without. */
const SPARED: readonly Part[] = ["views", "clicked", "tools", "pipeline"];
/** What of those stays on a projector if the address names nothing. */
const USUAL: Part[] = ["views", "clicked"];

const query = new URLSearchParams(location.search);
const show = query.get("show");
const list = (text: string | null) => (text ?? "").split(",").filter(Boolean);
const named = SPARED.filter((part) => list(show).includes(part));
const hidden = list(query.get("hide"));

/** `?show=` has the page for a projector: type half as large again, and of its parts those that are named. A
 * lesson leaves out what it does not need, on any screen. `?hide=` leaves out what it names, on any. */
export const shown = {
  projector: show !== null,
  has: (part: Part): boolean => {
    if (hidden.includes(part)) return false;
    if (!SPARED.includes(part)) return true;
    if (named.length > 0) return named.includes(part);
    if (show === null) return lesson.shows?.includes(part) ?? true;
    // Its own words take the room that there is.
    return (lesson.now ? (lesson.now.show ?? []) : USUAL).includes(part);
  },
  /** What the address names to be left out. */
  hidden: hidden.filter((part): part is Part => part in parts()),
  /** What it names that is no part. */
  unknown: hidden.filter((part) => !(part in parts())),
};

if (shown.projector) document.documentElement.dataset.show = "projector";

const narrow = new MediaQuery("(max-width: 1199px)");
const wide = new MediaQuery("(min-width: 1200px) and (min-height: 560px)");
const ample = new MediaQuery("(min-width: 1440px)");
const phone = new MediaQuery("(max-width: 768px)");

/** What there is room for. */
export const room = {
  /** Views and what was clicked beside the maps. */
  get rails(): boolean {
    return wide.current && !shown.projector;
  },
  /** Words beside pictures that say the same. */
  get words(): boolean {
    return !narrow.current && !shown.projector;
  },
  /** The same, of what everybody knows by its picture. */
  get ample(): boolean {
    return ample.current && !shown.projector;
  },
  /** The same, of what is seldom wanted. */
  get more(): boolean {
    return !phone.current;
  },
};
