// Where the boxes of a diagram stand.
import { expect, test } from "vitest";
import type { Diagram, Part, Role } from "../src/protocol.ts";
import { columns, lay, ROWS, wrap } from "../src/views/pipeline/diagram.ts";

const part = (role: Role, label: string = role): Part => ({
  role,
  label,
  switch: null,
});
const diagram = (...branches: Role[][]): Diagram => ({
  branches: branches.map((roles) => roles.map((role) => part(role))),
  weights: { type: "shared" },
  memory: [],
  loss: "loss",
});
const PLAIN = diagram(["view", "encoder", "embedding"], ["view", "encoder"]);
const LONG = diagram(["view", "encoder", "projector", "embedding"]);

test("labels break at spaces and hyphens", () => {
  expect(wrap("moving average of keys")).toEqual([
    "moving",
    "average of",
    "keys",
  ]);
  expect(wrap("stop-gradient", 8)).toEqual(["stop-", "gradient"]);
  expect(wrap("short")).toEqual(["short"]);
});

test("what two diagrams share stands still, and no boxes overlap", () => {
  const shared = columns([PLAIN, LONG]);
  const [plain, long] = [lay(PLAIN, shared), lay(LONG, shared)];
  const x = (boxes: typeof plain.boxes, role: Role) =>
    boxes.find(({ part }) => part.role === role)!.x;
  expect(x(plain.boxes, "encoder")).toBe(x(long.boxes, "encoder"));
  expect(x(plain.boxes, "embedding")).toBe(x(long.boxes, "embedding"));
  const row = long.boxes.filter(({ branch }) => branch === 0);
  for (const [i, box] of row.slice(1).entries()) {
    const left = row[i]!;
    expect(box.x - box.width / 2).toBeGreaterThan(left.x + left.width / 2);
  }
  expect(shared.loss.x + shared.loss.width / 2).toBeLessThan(shared.width);
});

test("each branch has a row, arrows reach the loss, and two encoders are linked", () => {
  const shared = columns([PLAIN]);
  const { boxes, arrows, link } = lay(PLAIN, shared);
  expect(new Set(boxes.map(({ y }) => y))).toEqual(new Set(ROWS));
  const end = shared.loss.x - shared.loss.width / 2;
  expect(arrows.filter(({ to }) => to === end)).toHaveLength(2);
  expect(link).toBe(boxes[1]!.x);
  expect(lay(LONG, columns([LONG])).link).toBe(null);
});
