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
  height: number;
  lines: string[];
};
export type Arrow = { from: number; to: number; y: number; head: boolean };

/** How a diagram is drawn: large, or as a row among others. Letters have 14 pixels in both. */
export type Form = {
  /** Height of a box, and of the whole. */
  box: number;
  height: number;
  /** Heights of the branches. */
  rows: readonly [number, number];
  /** Room between boxes. */
  gap: number;
  /** Most letters in a line of a box. */
  most: number;
};

/** What lasts and what links the branches lies between them; below there is room for a stop's label. */
export const LARGE: Form = {
  box: 42,
  height: 164,
  rows: [30, 126],
  gap: 16,
  most: 11,
};
/** What lasts stands beyond the loss, and branches of one network go through one box. */
export const ROW: Form = {
  box: 22,
  height: 50,
  rows: [12, 38],
  gap: 12,
  most: Infinity,
};

export type Columns = {
  form: Form;
  /** Middle and width of each place. */
  places: Map<string, { x: number; width: number }>;
  loss: { x: number; width: number };
  width: number;
};

export const middleOf = ({ rows }: Form): number => (rows[0] + rows[1]) / 2;

/** Width of a letter of 14 pixels, about, and what a box has beside its letters. */
const LETTER = 7.5;
const PADDING = 14;
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

const widthOf = (lines: string[]): number =>
  Math.max(
    34,
    Math.max(...lines.map(({ length }) => length)) * LETTER + PADDING,
  );

/** A part's label in lines. A large stop has no box, and its label, in one line, stands below. */
const linesOf = ({ label, role }: Part, { most }: Form): string[] =>
  role === "stopGradient" ? [label] : wrap(label, most);

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
export function columns(diagrams: Diagram[], form = LARGE): Columns {
  const branches = diagrams.flatMap((one) => one.branches.map(placed));
  const widths = new Map<string, number>();
  for (const [place, part] of branches.flat()) {
    const width = widthOf(linesOf(part, form));
    widths.set(place, Math.max(widths.get(place) ?? 0, width));
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
    right += width + form.gap;
  }
  const width = Math.max(
    64,
    ...diagrams.map(({ loss }) => widthOf(wrap(loss))),
  );
  const loss = { x: right + width / 2, width };
  right += width + 2;
  if (form === ROW) {
    const kept = diagrams.flatMap(({ memory }) => memory.map(keptIn));
    if (kept.length > 0) right += form.gap + Math.max(...kept.map(widthOf));
  }
  return { form, places, loss, width: right };
}

/** What lasts, in lines of a box beyond the loss. */
const keptIn = ({ label }: Part): string[] => wrap(label, 10);

/** One diagram in these columns. */
export function lay(diagram: Diagram, columns: Columns) {
  const { form, loss } = columns;
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const end = loss.x - loss.width / 2;
  diagram.branches.forEach((parts, branch) => {
    const y = form.rows[branch]!;
    const row = placed(parts).map(([place, part]): Box => {
      const lines = linesOf(part, form);
      const height = form.box;
      return { part, branch, y, height, lines, ...columns.places.get(place)! };
    });
    row.forEach(({ x, width }, i) => {
      const next = row[i + 1];
      const to = next ? next.x - next.width / 2 : end;
      const head = form === ROW || next?.part.role !== "stopGradient";
      arrows.push({ from: x + width / 2, to, y, head });
    });
    boxes.push(...row);
  });
  const encoders = boxes.filter(({ part }) => part.role === "encoder");
  const linked = diagram.branches.length > 1 && encoders.length > 0;
  if (form === ROW) {
    if (linked) link(diagram, boxes, encoders, form);
    keep(diagram, boxes, arrows, columns);
    return { boxes, arrows, link: null };
  }
  let right = end - form.gap;
  for (const part of [...diagram.memory].reverse()) {
    const lines = wrap(part.label);
    const width = widthOf(lines);
    const [x, y, height] = [right - width / 2, middleOf(form), form.box];
    boxes.push({ part, branch: null, x, y, width, height, lines });
    right -= width + 5;
  }
  if (diagram.memory.length > 0) {
    arrows.push({
      from: end - form.gap,
      to: end,
      y: middleOf(form),
      head: true,
    });
  }
  return { boxes, arrows, link: linked ? encoders[0]!.x : null };
}

/** Branches that share their weights go through one encoder; else the second one is named an average. */
function link(
  { weights }: Diagram,
  boxes: Box[],
  [first, second]: Box[],
  form: Form,
): void {
  if (!first || !second) return;
  if (weights.type === "shared") {
    first.y = middleOf(form);
    first.height = form.rows[1] - form.rows[0] + form.box;
    boxes.splice(boxes.indexOf(second), 1);
  } else {
    const label = /* @wc-include */ "average";
    second.part = { ...second.part, label, switch: weights.switch };
    second.lines = [label];
  }
}

/** Puts what lasts beyond the loss: one box in the middle, or two above each other. */
function keep(
  { memory }: Diagram,
  boxes: Box[],
  arrows: Arrow[],
  { form, loss }: Columns,
): void {
  const left = loss.x + loss.width / 2 + form.gap;
  memory.forEach((part, i) => {
    const one = memory.length === 1;
    const lines = one ? keptIn(part) : [part.label];
    const width = widthOf(lines);
    const y = one ? middleOf(form) : form.rows[i]!;
    const height = lines.length > 1 ? form.height - 8 : form.box;
    boxes.push({
      part,
      branch: null,
      x: left + width / 2,
      y,
      width,
      height,
      lines,
    });
    arrows.push({ from: left, to: left - form.gap, y, head: true });
  });
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
