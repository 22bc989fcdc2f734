// Where the boxes of a diagram stand.
import { expect, test } from "vitest";
import type { Diagram, Part, Role } from "../src/protocol.ts";
import {
  columns,
  LARGE,
  lay,
  ROW,
  wrap,
} from "../src/views/pipeline/diagram.ts";

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
  expect(new Set(boxes.map(({ y }) => y))).toEqual(new Set(LARGE.rows));
  const end = shared.loss.x - shared.loss.width / 2;
  expect(arrows.filter(({ to }) => to === end)).toHaveLength(2);
  expect(link).toBe(boxes[1]!.x);
  expect(lay(LONG, columns([LONG])).link).toBe(null);
});

test("in a row one network is one box, a slow copy is named, and what lasts is beyond the loss", () => {
  const [shared, average] = [
    diagram(["view", "encoder", "embedding"], ["view", "encoder", "embedding"]),
    diagram(["view", "encoder"], ["view", "encoder", "stopGradient"]),
  ];
  average.weights = { type: "average", switch: "average" };
  average.memory = [part("memory", "queue of keys")];
  const places = columns([shared, average], ROW);
  const one = lay(shared, places);
  const encoders = one.boxes.filter(({ part }) => part.role === "encoder");
  expect(encoders).toHaveLength(1);
  expect(encoders[0]!.height).toBe(ROW.rows[1] - ROW.rows[0] + ROW.box);
  const two = lay(average, places);
  const copy = two.boxes.find(({ part }) => part.label === "average")!;
  expect(copy.part.switch).toBe("average");
  expect(copy.y).toBe(ROW.rows[1]);
  const kept = two.boxes.find(({ part }) => part.role === "memory")!;
  const end = places.loss.x + places.loss.width / 2;
  expect(kept.x - kept.width / 2).toBeGreaterThan(end);
  expect(kept.x + kept.width / 2).toBeLessThanOrEqual(places.width);
  for (const { y, height, lines } of [...one.boxes, ...two.boxes]) {
    expect(y - height / 2).toBeGreaterThanOrEqual(0);
    expect(y + height / 2).toBeLessThanOrEqual(ROW.height);
    // Letters of 14 pixels.
    expect(lines.length * 15.5).toBeLessThanOrEqual(height);
  }
});
