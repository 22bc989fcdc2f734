// Where the boxes of a diagram stand. The columns are those of all methods together, so that what
// two methods share stands still when one switches between them.
import type { Card, Diagram, Part, Role } from "../../protocol.ts";

/** A box, by its middle. */
export type Box = {
  part: Part;
  /** Which branch it is of; none for what lasts from step to step. */
  branch: number | null;
  x: number;
  y: number;
  width: number;
  lines: string[];
};
export type Arrow = { from: number; to: number; y: number; head: boolean };
export type Columns = {
  /** Middle and width of each place. */
  places: Map<string, { x: number; width: number }>;
  loss: { x: number; width: number };
  width: number;
};

/** Height of a box, and of the whole: below the lower branch there is room for a stop's label. */
export const BOX = 36;
export const HEIGHT = 138;
/** Heights of the branches; what lasts and what links them lie between. */
export const ROWS = [BOX / 2 + 2, HEIGHT - BOX / 2 - 12] as const;
export const MIDDLE = (ROWS[0] + ROWS[1]) / 2;

const GAP = 15;
const LETTER = 6.5;
const ORDER: Record<Role, number> = {
  view: 0,
  patches: 1,
  encoder: 2,
  maps: 3,
  representation: 4,
  context: 5,
  projector: 6,
  embedding: 7,
  predictor: 8,
  whitening: 9,
  codes: 10,
  stopGradient: 11,
  memory: 12,
};

/** A label in lines of a few letters. */
export function wrap(label: string, most = 11): string[] {
  const lines: string[] = [];
  for (const word of label.split(/(?<=-)|\s+/)) {
    const last = lines.at(-1);
    const glue = last?.endsWith("-") ? "" : " ";
    if (last && last.length + glue.length + word.length <= most) {
      lines[lines.length - 1] = last + glue + word;
    } else lines.push(word);
  }
  return lines;
}

function widthOf(label: string, role?: Role): number {
  // A stop has no box, and its label, in one line, stands below.
  if (role === "stopGradient") return label.length * LETTER;
  const letters = Math.max(...wrap(label).map((line) => line.length));
  return Math.max(38, letters * LETTER + 14);
}

/** A branch's parts with their places: their role, and which of its kind they are. */
function placed(branch: Part[]): [place: string, part: Part][] {
  const seen = new Map<Role, number>();
  return branch.map((part) => {
    const before = seen.get(part.role) ?? 0;
    seen.set(part.role, before + 1);
    return [`${part.role} ${before}`, part];
  });
}

/** The columns in which all of these diagrams can be drawn. */
export function columns(diagrams: Diagram[]): Columns {
  const branches = diagrams.flatMap((one) => one.branches.map(placed));
  const widths = new Map<string, number>();
  for (const [place, { label, role }] of branches.flat()) {
    widths.set(place, Math.max(widths.get(place) ?? 0, widthOf(label, role)));
  }
  const rank = (place: string) => {
    const [role, before] = place.split(" ");
    return ORDER[role as Role] * 10 + Number(before);
  };
  const sorted = [...widths.keys()].sort((a, b) => rank(a) - rank(b));
  // Places that no branch has both of share a column.
  const together = (a: string, b: string) =>
    branches.some((branch) => {
      const here = branch.map(([place]) => place);
      return here.includes(a) && here.includes(b);
    });
  const shared: string[][] = [];
  for (const place of sorted) {
    const last = shared.at(-1);
    if (last && !last.some((other) => together(place, other))) last.push(place);
    else shared.push([place]);
  }
  const places: Columns["places"] = new Map();
  let right = 2;
  for (const column of shared) {
    const width = Math.max(...column.map((place) => widths.get(place)!));
    for (const place of column) {
      places.set(place, { x: right + width / 2, width: widths.get(place)! });
    }
    right += width + GAP;
  }
  const width = Math.max(64, ...diagrams.map(({ loss }) => widthOf(loss)));
  return {
    places,
    loss: { x: right + width / 2, width },
    width: right + width + 2,
  };
}

/** One diagram in these columns. */
export function lay(diagram: Diagram, columns: Columns) {
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const end = columns.loss.x - columns.loss.width / 2;
  diagram.branches.forEach((parts, branch) => {
    const y = ROWS[branch]!;
    const row = placed(parts).map(([place, part]): Box => {
      const stop = part.role === "stopGradient";
      const lines = stop ? [part.label] : wrap(part.label);
      return { part, branch, y, lines, ...columns.places.get(place)! };
    });
    row.forEach(({ x, width }, i) => {
      const next = row[i + 1];
      const to = next ? next.x - next.width / 2 : end;
      const head = next?.part.role !== "stopGradient";
      arrows.push({ from: x + width / 2, to, y, head });
    });
    boxes.push(...row);
  });
  let right = end - GAP;
  for (const part of [...diagram.memory].reverse()) {
    const width = widthOf(part.label);
    const x = right - width / 2;
    const lines = wrap(part.label);
    boxes.push({ part, branch: null, x, y: MIDDLE, width, lines });
    right -= width + 5;
  }
  if (diagram.memory.length > 0) {
    arrows.push({ from: end - GAP, to: end, y: MIDDLE, head: true });
  }
  const encoder = boxes.find(({ part }) => part.role === "encoder");
  const linked = diagram.branches.length > 1 && encoder !== undefined;
  return { boxes, arrows, link: linked ? encoder.x : null };
}

/** Whether what a knob takes away is there. */
export const isOn = (value: unknown): boolean =>
  value !== false && value !== "none";

/** A card's diagram in sentences. */
export function describe({ title, diagram }: Card): string {
  const ways = diagram.branches.map((branch) =>
    branch.map(({ label }) => label).join(", "),
  );
  const says = [
    ways.length === 1
      ? `one branch: ${ways[0]}`
      : ways[0] === ways[1]
        ? `two branches, both: ${ways[0]}`
        : `first branch: ${ways[0]}; second branch: ${ways[1]}`,
  ];
  if (ways.length > 1) {
    says.push(
      diagram.weights.type === "shared"
        ? "the branches share their weights"
        : "the second branch is a moving average of the first",
    );
  }
  if (diagram.memory.length > 0) {
    const kept = diagram.memory.map(({ label }) => label).join(", ");
    says.push(`kept from step to step: ${kept}`);
  }
  return `${title}: ${says.join("; ")}; loss: ${diagram.loss}`;
}
