// What is on the screen: as the address asks, and as there is room.
import { MediaQuery } from "svelte/reactivity";
import { lesson } from "../../session/lesson.svelte.ts";

/** Parts of the page that can be left out. */
const PARTS = ["views", "clicked", "tools", "pipeline"] as const;
type Part = (typeof PARTS)[number];

/** What stays on a projector if the address names nothing. */
const USUAL: Part[] = ["views", "clicked"];

const asked = new URLSearchParams(location.search).get("show");
const named = PARTS.filter((part) => asked?.split(",").includes(part));

/** `?show=` has the page for a projector: type half as large again, and of its parts those that are named. A
 * lesson leaves out what it does not need, on any screen. */
export const shown = {
  projector: asked !== null,
  has: (part: Part): boolean => {
    if (named.length > 0) return named.includes(part);
    if (asked === null) return lesson.shows?.includes(part) ?? true;
    // Its own words take the room that there is.
    return (lesson.now ? (lesson.now.show ?? []) : USUAL).includes(part);
  },
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
