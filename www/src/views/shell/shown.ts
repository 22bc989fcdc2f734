// What a teacher has on the screen: the address says it.

/** Parts of the page that can be left out. */
const PARTS = ["views", "clicked", "tools", "pipeline"] as const;
type Part = (typeof PARTS)[number];

/** What stays on a projector if the address names nothing. */
const USUAL: Part[] = ["views", "clicked"];

const asked = new URLSearchParams(location.search).get("show");
const named = PARTS.filter((part) => asked?.split(",").includes(part));

/** `?show=` has the page for a projector: type half as large again, and of its parts those that are named. */
export const shown = {
  projector: asked !== null,
  has: (part: Part): boolean =>
    asked === null || (named.length > 0 ? named : USUAL).includes(part),
};

if (shown.projector) document.documentElement.dataset.show = "projector";
