// The format of our checkpoints, in which every peer gets images and weights: the length of a JSON
// header (u32, little-endian), the header, and all numbers (f32, little-endian) in its order.

/** @returns {Map<string, Float32Array>} tensors by name, laid flat */
export function read(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(
    0,
    true,
  );
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  let at = 4 + length;
  const tensors = new Map();
  for (const [name, count] of JSON.parse(text).tensors) {
    // A copy lies where floats may lie.
    const part = bytes.slice(at, (at += 4 * count));
    tensors.set(name, new Float32Array(part.buffer, part.byteOffset, count));
  }
  return tensors;
}

/** @param {Map<string, Float32Array>} tensors */
export function write(tensors) {
  const list = [...tensors].map(([name, values]) => [name, values.length]);
  const header = new TextEncoder().encode(JSON.stringify({ tensors: list }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  const values = [...tensors.values()].map(
    ({ buffer, byteOffset, byteLength }) =>
      new Uint8Array(buffer, byteOffset, byteLength),
  );
  const parts = [length, header, ...values];
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
