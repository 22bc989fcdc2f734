// What the page knows of the session file that is being written or opened.

class Takeout {
  /** What is under way. */
  now = $state<"write" | "open" | null>(null);
  /** What came of the last one; empty before. */
  said = $state("");
}

export const takeout = new Takeout();
