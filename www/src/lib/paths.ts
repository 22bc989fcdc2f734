// Settings by dotted path: `train.batch` names `{ train: { batch } }`.
import type { DeepPartial, Settings } from "../protocol.ts";

export type Value = string | number | boolean | null;
type Tree = { [key: string]: Tree | Value };

/** What stands at `path`, or undefined. */
export function at(tree: unknown, path: string): Value | undefined {
  let here: unknown = tree;
  for (const key of path.split(".")) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Tree)[key];
  }
  return here as Value | undefined;
}

/** Settings that say one thing. */
export function nest(path: string, value: Value): DeepPartial<Settings> {
  return path
    .split(".")
    .reduceRight<Tree | Value>(
      (inner, key) => ({ [key]: inner }),
      value,
    ) as DeepPartial<Settings>;
}

/** Every path of a tree with its value. */
export function leaves(tree: unknown, prefix = ""): [string, Value][] {
  if (typeof tree !== "object" || tree === null) {
    return [[prefix.slice(0, -1), tree as Value]];
  }
  return Object.entries(tree).flatMap(([key, inner]) =>
    leaves(inner, `${prefix}${key}.`),
  );
}

/** `base` with the parts that `change` names replaced; neither is touched. */
export function merge<T>(base: T, change: unknown): T {
  if (typeof change !== "object" || change === null) return change as T;
  if (change instanceof Uint8Array || Array.isArray(change)) return change as T;
  const merged = { ...base } as Record<string, unknown>;
  for (const [key, inner] of Object.entries(change)) {
    merged[key] = merge(merged[key], inner);
  }
  return merged as T;
}

/** Paths at which two trees differ, with the value of the second. */
export function differences(from: unknown, to: unknown): [string, Value][] {
  return leaves(to).filter(([path, value]) => at(from, path) !== value);
}

/**
 * The settings that a run goes on with once others are `wanted`, of which those at `pending` wait for its next
 * start: those are as they were when it was `begun`. `present` are the ones until now.
 */
export function inForce(
  present: Settings | null,
  wanted: Settings,
  pending: string[],
  begun: Settings | null,
): Settings {
  // As long as another method is wanted, nothing that is changed takes effect.
  if (present && pending.includes("method")) return present;
  return pending.reduce((settings, path) => {
    const before = at(begun, path);
    return before === undefined
      ? settings
      : merge(settings, nest(path, before));
  }, wanted);
}

/** The settings with 0.20000000298 written as 0.2: single precision came through a double. */
export function tidy<T>(tree: T): T {
  if (typeof tree === "number") {
    return (
      Number.isInteger(tree) ? tree : Number(tree.toPrecision(6))
    ) as typeof tree;
  }
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(tidy) as typeof tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, inner]) => [key, tidy(inner)]),
  ) as T;
}
