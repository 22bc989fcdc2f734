// `.safetensors`, the format of our checkpoints, in which every peer gets images and weights: the length
// of a JSON header (u64, little-endian), the header with type, shape and place of each tensor, and all
// numbers. Here all are f32.

const LENGTH = 8;

/** @returns {Map<string, Float32Array>} tensors by name, laid flat */
export function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = LENGTH + Number(view.getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(LENGTH, start));
  const { __metadata__, ...header } = JSON.parse(text);
  const tensors = Object.entries(header).map(([name, { data_offsets }]) => {
    const [from, to] = data_offsets.map((at) => start + at);
    // A copy lies where floats may lie.
    return [name, new Float32Array(bytes.slice(from, to).buffer)];
  });
  return new Map(tensors);
}

/** @param {Map<string, Float32Array>} tensors laid flat */
export function write(tensors) {
  let end = 0;
  const header = {};
  for (const [name, values] of tensors) {
    const data_offsets = [end, (end += values.byteLength)];
    header[name] = { dtype: "F32", shape: [values.length], data_offsets };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const all = new Uint8Array(LENGTH + text.length + end);
  new DataView(all.buffer).setBigUint64(0, BigInt(text.length), true);
  all.set(text, LENGTH);
  let at = LENGTH + text.length;
  for (const { buffer, byteOffset, byteLength } of tensors.values()) {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return all;
}
