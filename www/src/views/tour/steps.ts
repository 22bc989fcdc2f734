// The six steps of the tour, and where its card stands.

export type Step = {
  /** The element it points at: `data-tour`. */
  at: string;
  title: string;
  text: string;
  /** What is said while a network trains, if that is otherwise. */
  training?: string;
};

export const steps = (): Step[] => [
  {
    at: "play",
    title: "Train a network",
    text: "Play, or the space bar, starts it: a real network learns from the images, here on your machine.",
    training:
      "It is training: a real network, here on your machine. Pause, or the space bar, holds it.",
  },
  {
    at: "images",
    title: "The images",
    text: "A small set to begin with. Take another one, or bring your own: they never leave this device.",
  },
  {
    at: "views",
    title: "Two views of each",
    text: "Each image is cropped and recoloured twice, at random. The network learns which two belong together; nobody tells it what they show.",
  },
  {
    at: "map",
    title: "The map",
    text: "Each point is an image, where the network puts it. Click one to see which images lie nearest.",
  },
  {
    at: "verdict",
    title: "What came of it",
    text: "Two statements: whether all images fell into one point, and whether the network beats its untrained self and the raw pixels.",
  },
  {
    at: "beside",
    title: "Beside it, another",
    text: "Set a second method beside the first: both train on the same images, and their maps are linked.",
  },
];

export type Box = { left: number; top: number; width: number; height: number };

const GAP = 12;

/**
 * Where the card stands: below what it points at, above it, or beside it, wherever it covers nothing of it;
 * else in its lower part. Always on the screen.
 */
export function place(
  target: Box,
  card: { width: number; height: number },
  screen: { width: number; height: number },
): { left: number; top: number } {
  const right = target.left + target.width;
  const bottom = target.top + target.height;
  const keep = (at: number, size: number, most: number) =>
    Math.max(GAP, Math.min(at, most - size - GAP));
  const across = (at: number) => keep(at, card.width, screen.width);
  const down = (at: number) => keep(at, card.height, screen.height);
  const left = across(target.left + (target.width - card.width) / 2);
  const top = down(target.top + (target.height - card.height) / 2);
  if (bottom + card.height + 2 * GAP <= screen.height) {
    return { left, top: down(bottom + GAP) };
  }
  if (target.top >= card.height + 2 * GAP) {
    return { left, top: down(target.top - card.height - GAP) };
  }
  if (right + card.width + 2 * GAP <= screen.width) {
    return { left: across(right + GAP), top };
  }
  if (target.left >= card.width + 2 * GAP) {
    return { left: across(target.left - card.width - GAP), top };
  }
  return { left, top: down(bottom - card.height - GAP) };
}

/** Whether an element can be pointed at: it is drawn, if need be after scrolling. */
export function drawn(element: Element | null): element is HTMLElement {
  if (!(element instanceof HTMLElement)) return false;
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0;
}

export const target = (at: string): Element | null =>
  document.querySelector(`[data-tour="${at}"]`);

/** The next step after `from` whose element can be pointed at; null if there is none. */
export function following(
  from: number,
  shown: (at: string) => boolean,
): number | null {
  const next = steps().findIndex(({ at }, i) => i > from && shown(at));
  return next < 0 ? null : next;
}
