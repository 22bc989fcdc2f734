// Whether what was measured round by round stays flat, and the table of it.

/**
 * What is measured: what it is called, in what it is told, and by how much it may have grown at the end.
 * @typedef {{ name: string, unit: number, share: number, more: number }} Measure
 * @typedef {Record<string, number>} Sample
 */

/**
 * A leak of 100 kB a round comes to 2.6 MB between the middles of the two quarters that are compared. What a round
 * brings without one is less: compiled code, the browser's caches, how full pages of memory happen to be; buffers of
 * the GPU lie in pools, and some come and go. Workers may not grow at all. Processes are given memory in large
 * pieces, and give it back late: of them only what nothing else would tell is asked for.
 * @type {Record<string, Measure>}
 */
export const MEASURES = {
  wasm: { name: "wasm memory, MB", unit: 1e6, share: 0.02, more: 0.5 },
  heap: { name: "heap, MB", unit: 1e6, share: 0.05, more: 1.5 },
  storage: { name: "storage, MB", unit: 1e6, share: 0.03, more: 0.3 },
  buffers: { name: "GPU buffers", unit: 1, share: 0.05, more: 30 },
  gpu: { name: "GPU buffers, MB", unit: 1e6, share: 0.02, more: 0.3 },
  workers: { name: "workers", unit: 1, share: 0, more: 0 },
  tab: { name: "process of the tab, MB", unit: 1e6, share: 0.15, more: 30 },
  card: { name: "process of the GPU, MB", unit: 1e6, share: 0.15, more: 30 },
};

/** Fewer rounds say nothing: in the first of them all is new. */
export const LEAST = 20;

/** @param {number[]} some */
function median(some) {
  const sorted = [...some].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/**
 * The table of some rounds, and what is not flat in it, one sentence each.
 *
 * The last quarter of the rounds is compared with the second. In the first the page meets all for the first time:
 * code is compiled, memory of wasm grows to what the largest method needs, caches fill. The median of a quarter is
 * not moved by a round that was measured in the middle of something. Of 50 rounds a quarter is twelve: each method
 * stands in both once. A leak goes on: it brings half of that from the third quarter to the last. A pool that was
 * filled late does not.
 * @param {Sample[]} samples one each round
 * @returns {{ table: string, faults: string[] }}
 */
export function judge(samples) {
  const rounds = samples.length;
  const quarter = Math.floor(rounds / 4);
  const shown = [0.2, 0.6, 1].map((part) => Math.round(part * rounds));
  const faults = /** @type {string[]} */ ([]);
  const rows = Object.entries(MEASURES).flatMap(([key, measure]) => {
    const { name, unit, share, more } = measure;
    const values = samples.map((sample) => sample[key] / unit);
    // Without WebGPU there are none.
    if (values.every((value) => value === 0)) return [];
    const before = median(values.slice(quarter, 2 * quarter));
    const between = median(values.slice(2 * quarter, 3 * quarter));
    const after = median(values.slice(-quarter));
    const most = before * (1 + share) + more;
    const flat = after <= most || after - between <= (most - before) / 2;
    const [from, to, bound] = [before, after, most].map((n) => n.toFixed(1));
    if (!flat) {
      faults.push(`${name}: from ${from} to ${to}, at most ${bound} is flat`);
    }
    const at = shown.map((round) => values[round - 1].toFixed(1));
    return [[name, ...at, from, to, bound, flat ? "flat" : "grows"]];
  });
  const head = [
    "",
    ...shown.map((round) => `round ${round}`),
    `${quarter + 1}–${2 * quarter}`,
    `${rounds - quarter + 1}–${rounds}`,
    "at most",
    "verdict",
  ];
  return { table: lines([head, ...rows]), faults };
}

/** @param {string[][]} rows */
function lines(rows) {
  const wide = rows[0].map((_, column) =>
    Math.max(...rows.map((row) => row[column].length)),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) =>
          column === 0
            ? text.padEnd(wide[column])
            : text.padStart(wide[column]),
        )
        .join("  "),
    )
    .join("\n");
}
