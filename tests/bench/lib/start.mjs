// Where every peer starts: the same views, and the weights that our crate draws.
import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { read, write } from "../page/tensors.mjs";
import { SIDE, WEIGHTS, settings } from "../page/workload.mjs";
import { out } from "./paths.mjs";

/** Puts the start with this many images on the server; returns its path there, and its file. */
export async function prepareStart(crate, server, images) {
  const tensors = new Map();
  for (const [name, values] of read(
    await crate.weights(settings("cpu", images)),
  )) {
    if (!(name in WEIGHTS)) continue;
    const expected = WEIGHTS[name].reduce((count, side) => count * side, 1);
    if (values.length !== expected) {
      throw new Error(`${name} is not what the peers compute with`);
    }
    tensors.set(name, values);
  }
  const missing = Object.keys(WEIGHTS).filter((name) => !tensors.has(name));
  if (missing.length > 0) throw new Error(`the learner has no ${missing}`);
  tensors.set("views", pixels(2 * images * 3 * SIDE * SIDE));

  const bytes = write(tensors);
  const name = `start-${images}.bin`;
  server.files.set(`/${name}`, Buffer.from(bytes));
  const file = resolve(out, name);
  await mkdir(out, { recursive: true });
  await writeFile(file, bytes);
  return { path: `/${name}`, file };
}

/** Numbers from 0 to 1, always the same. */
function pixels(count) {
  let state = 7;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  });
}
