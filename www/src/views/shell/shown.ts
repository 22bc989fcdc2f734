// What a teacher has on the screen: the address says it.

/** Parts of the page that can be left out. */
const PARTS = ["views", "clicked", "pipeline"] as const;
type Part = (typeof PARTS)[number];

const query = new URLSearchParams(location.search).get("show");

/** `?show=` has the page for a projector: type half as large again, and of its parts those that are named. */
export const shown = {
  projector: query !== null,
  has: (part: Part): boolean =>
    query === null || query.split(",").includes(part),
};

if (shown.projector) document.documentElement.dataset.show = "projector";
