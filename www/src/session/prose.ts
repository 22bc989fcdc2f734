// Prose that names settings, readings and methods by their ids in braces: the core says what they are called.

export type Piece = { text: string } | { id: string };

/** A text in pieces: what stands as it is, and what is named by an id. */
export function pieces(prose: string): Piece[] {
  return prose
    .split(/(\{[^{}]+\})/)
    .filter((part) => part !== "")
    .map((part) =>
      part.startsWith("{") && part.endsWith("}")
        ? { id: part.slice(1, -1) }
        : { text: part },
    );
}
