// Runs a module whole and in halves, side by side. Prints how many functions called had to wait for the
// rest; fails if a result or a byte of memory differs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [whole, first, rest] = process.argv
  .slice(2)
  .map((path) => new WebAssembly.Module(readFileSync(path)));

let loads = 0;
const loadRest = () => {
  loads++;
  new WebAssembly.Instance(rest, { first: halves.exports });
};
const never = () => assert.fail("the whole has loaded a rest");
const one = new WebAssembly.Instance(whole, { js: { loadRest: never } });
const halves = new WebAssembly.Instance(first, { js: { loadRest } });

for (let seed = 1n; seed <= 20n; seed++) {
  assert.equal(halves.exports.run(seed), one.exports.run(seed));
}
const memory = ({ exports }) => Buffer.from(exports.memory.buffer);
assert.ok(memory(halves).equals(memory(one)), "memory differs");
assert.ok(loads <= 1, "the rest was loaded more than once");
console.log(loads);
