// Strokes of the page's icons, in a box of 24 units: drawn with round pens of 2, never filled.

const BOX = "M4 4h16v16H4z";
const RING = "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0 -18";

export const ICONS = {
  // Training.
  play: "M7 4.5v15l12 -7.5z",
  pause: "M8 5v14M16 5v14",
  step: "M5 5v14l9 -7zM19 5v14",
  epoch: "M3 5v14l8 -7zM11 5v14l8 -7zM21.5 5v14",
  reset: "M4 4v5h5M4.6 9a8 8 0 1 1 -.6 3",
  dice: `${BOX}M8 8.5h1M15 8.5h1M11.5 12h1M8 15.5h1M15 15.5h1`,
  // What is so.
  lock: "M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4",
  warning: "M12 3.5L22 20.5H2zM12 10v4.5M11.5 17.5h1",
  info: `${RING}M12 11v5.5M11.5 7.5h1`,
  help: `${RING}M9.2 9.2a2.8 2.8 0 1 1 4.2 2.5q-1.4 .8 -1.4 2.3M11.5 17.2h1`,
  check: "M4 12.5l5.5 5.5L20 6.5",
  cross: "M6 6l12 12M18 6L6 18",
  equal: "M5 9h14M5 15h14",
  dot: "M12 10.5a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0 -3",
  ring: "M12 5a7 7 0 1 1 0 14a7 7 0 1 1 0 -14",
  half: "M12 5a7 7 0 1 1 0 14a7 7 0 1 1 0 -14M12 5v14M15 7v10M18 9.5v5",
  triangle: "M12 4.5L21 19.5H3z",
  narrowing: "M3 5h18L12 19.5z",
  // What can be done.
  close: "M6 6l12 12M18 6L6 18",
  undo: "M8 5L3.5 9.5L8 14M3.5 9.5H14a6 5.5 0 0 1 0 11H9",
  redo: "M16 5l4.5 4.5L16 14M20.5 9.5H10a6 5.5 0 0 0 0 11h5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  lasso:
    "M6.5 15.5a3 2.5 0 1 1 .1 0M5 13.5Q2 11.5 3 8.5q1.5 -4.5 9 -4.5t9 5.5t-9 5.5q-2 0 -3.5 -.4M7.5 15.5q1 3 -2.5 5.5",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M9 12h6M12 9v6",
  fullscreen: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1 -14M10 11v6M14 11v6",
  tag: "M3.5 3.5h8.5l9 9l-8.5 8.5l-9 -9zM7.5 8h1",
  pencil: "M4 20l1 -5L16 4l4 4L9 19zM13.5 6.5l4 4",
  share: "M12 15V3.5M7.5 8L12 3.5L16.5 8M5 12v8.5h14V12",
  keep: "M8 3.5h8M9 3.5l-.5 7L5.5 14h13L15.5 10.5L15 3.5M12 14v7",
  down: "M5 8.5l7 7l7 -7",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  swipe:
    "M3 6h18M3 6l3 -3M3 6l3 3M21 6l-3 -3M21 6l-3 3M12 21a5 5 0 0 1 -4.5 -4l-.5 -3l2.5 1.5V11a1.3 1.3 0 0 1 2.6 0v3l3.4 .8q1.5 .5 1.3 2.2l-.6 4z",
  // Things.
  camera:
    "M3 7.5h4.5L9.5 4.5h5l2 3H21v12H3zM12 10a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0 -7",
  image: "M3 4h18v16H3zM3 17l5.5 -5.5L13 16l3 -3l5 5M15 8.5h1",
  folder: "M3 5h6.5l2 2.5H21V19.5H3z",
  settings: "M4 7h8M18 7h2M15 4.5v5M4 17h2M12 17h8M9 14.5v5",
  book: "M12 6.5Q9 4 3.5 4.5v14Q9 18 12 20.5q3 -2.5 8.5 -2v-14Q15 4 12 6.5v14",
  columns: "M3 4h8v16H3zM13 4h8v16h-8z",
  table: "M3 4h18v16H3zM3 9.5h18M3 14.8h18M10 4v16",
  sun: "M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0 -8M12 2.5v1M12 20.5v1M2.5 12h1M20.5 12h1M5.3 5.3l.7 .7M18 18l.7 .7M5.3 18.7l.7 -.7M18 6l.7 -.7",
  moon: "M19.5 14.5A8.5 8.5 0 1 1 9.5 4.5a7 7 0 0 0 10 10z",
} as const;

export type IconName = keyof typeof ICONS;
