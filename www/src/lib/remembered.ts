// What the browser remembers of how the page shall be, from one visit to the next.

const KEYS = ["theme", "language", "tour", "screen"] as const;

type Key = (typeof KEYS)[number];

/** What was remembered; null if nothing was, or there is no storage. */
export function recall(key: Key): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Without storage it lasts until the page is closed. */
export function remember(key: Key, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing is lost but the choice.
  }
}

export function forgetAll(): void {
  for (const key of KEYS) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Where there is no storage, nothing is kept.
    }
  }
}
