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

/** Part of a circle, for the eye: from a turn to another. */
function arc(x: number, y: number, r: number, from: number, to: number) {
  const corners = Math.round(Math.abs(to - from) * 24);
  return Array.from({ length: corners + 1 }, (_, i) => {
    const turn = 2 * Math.PI * (from + ((to - from) * i) / corners);
    return [x + r * Math.cos(turn), y + r * Math.sin(turn)];
  }).flat();
}

/**
 * Outlines in a 24 x 24 box, x then y, corner after corner; the first are the kinds of the drawn set. The
 * number of shapes and of colours have no common factor.
 */
const SHAPES = [
  arc(12, 12, 8, 0, 1),
  [5, 5, 19, 5, 19, 19, 5, 19],
  [12, 3.5, 21, 19.5, 3, 19.5],
  [
    12, 2, 14.9, 8.6, 22, 9.3, 16.6, 14, 18.2, 21, 12, 17.3, 5.8, 21, 7.4, 14,
    2, 9.3, 9.1, 8.6,
  ],
  [
    9, 3, 15, 3, 15, 9, 21, 9, 21, 15, 15, 15, 15, 21, 9, 21, 9, 15, 3, 15, 3,
    9, 9, 9,
  ],
  // A ring: round it, then back along the hole.
  [...arc(12, 12, 9.5, 0, 1), ...arc(12, 12, 5, 1, 0)],
  [2, 8.5, 22, 8.5, 22, 15.5, 2, 15.5],
  // A crescent: its back, then its hollow.
  [...arc(11, 12, 9.5, 1 / 8, 7 / 8), ...arc(17.7, 12, 6.7, 3 / 4, 1 / 4)],
  [12, 2.5, 21.5, 12, 12, 21.5, 2.5, 12],
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

/** Outline of class `index`: x then y, corner after corner, in a 24 x 24 box. */
export function outlineOf(index: number): number[] {
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
