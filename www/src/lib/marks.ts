// How a class looks: a colour and a shape, so that neither carries the meaning alone.
// The colours follow Okabe and Ito (2008), lightened or darkened to stand out on the ground.

const LIGHT = [
  "#c24e00",
  "#0072b2",
  "#00805c",
  "#b0478a",
  "#8a6d00",
  "#3d8fc6",
  "#33373d",
  "#6a4fd8",
];
const DARK = [
  "#ff8a3d",
  "#56b4e9",
  "#1fbf92",
  "#e08fc0",
  "#f0e442",
  "#8fb8ff",
  "#e8e6e1",
  "#b49cff",
];

/** Shapes in a 24 x 24 box; the number of shapes and of colours have no common factor. */
const SHAPES = [
  "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z",
  "M5 5h14v14h-14z",
  "M12 3.5l9 16h-18z",
  "M12 2.5l9.5 9.5l-9.5 9.5l-9.5-9.5z",
  "M9 3h6v6h6v6h-6v6h-6v-6h-6v-6h6z",
  "M12 20.5l-9-16h18z",
  "M5.6 3l6.4 5.6l6.4-5.6l2.6 2.6l-5.6 6.4l5.6 6.4l-2.6 2.6l-6.4-5.6l-6.4 5.6l-2.6-2.6l5.6-6.4l-5.6-6.4z",
  "M4 4h16l-8 8l8 8h-16l8-8z",
  "M12 2l2.9 6.6l7.1.7l-5.4 4.7l1.6 7l-6.2-3.7l-6.2 3.7l1.6-7l-5.4-4.7l7.1-.7z",
];

/** Colours of h (the first view's), z (the second's), ink and grey, for what draws without CSS. */
export function inks(dark: boolean) {
  return dark
    ? { h: "#5cb3ee", z: "#ff9148", self: "#eceae5", grey: "#a9aebb" }
    : { h: "#0067a8", z: "#b44800", self: "#1c1e22", grey: "#57554e" };
}

/** How many classes look different. */
export const COMBINATIONS = LIGHT.length * SHAPES.length;

/** Colour of class `index`. */
export function colourOf(index: number, dark: boolean): string {
  const colours = dark ? DARK : LIGHT;
  return colours[index % colours.length]!;
}

/** Shape of class `index`, as an SVG path. */
export function shapeOf(index: number): string {
  return SHAPES[index % SHAPES.length]!;
}

/** Dashes of curve `index`; the first is whole. */
export function dashOf(index: number): number[] {
  return [[], [7, 4], [2, 3], [9, 3, 2, 3], [12, 4]][index % 5]!;
}

/** Ink, which no term has. */
const INK = 6;

/** Colours of a loss's curves. One term is the total, in ink. */
export function termColours(
  terms: number,
  dark: boolean,
): { total: string; terms: string[] } {
  const total = colourOf(INK, dark);
  if (terms === 1) return { total, terms: [total] };
  const each = (_: unknown, i: number) => colourOf(i < INK ? i : i + 1, dark);
  return { total, terms: Array.from({ length: terms }, each) };
}
