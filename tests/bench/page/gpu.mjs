// Counts what a page asks of WebGPU. To be called before any library loads.

/** Calls and bytes since the page began. */
export const counts = {
  dispatches: 0,
  passes: 0,
  submits: 0,
  bindGroups: 0,
  pipelines: 0,
  buffers: 0,
  bufferBytes: 0,
  writes: 0,
  writeBytes: 0,
  reads: 0,
  readBytes: 0,
};

/** What each of some steps has asked for since the counts were `before`. */
export const since = (before, steps) =>
  Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [
      name,
      (count - before[name]) / steps,
    ]),
  );

export function watch() {
  hook("GPUComputePassEncoder", "dispatchWorkgroups", "dispatches");
  hook("GPUComputePassEncoder", "dispatchWorkgroupsIndirect", "dispatches");
  hook("GPUCommandEncoder", "beginComputePass", "passes");
  hook("GPUQueue", "submit", "submits");
  hook("GPUDevice", "createBindGroup", "bindGroups");
  hook("GPUDevice", "createComputePipeline", "pipelines");
  hook("GPUDevice", "createComputePipelineAsync", "pipelines");
  hook("GPUDevice", "createBuffer", "buffers", function (buffer) {
    const { size, mappedAtCreation } = buffer;
    counts.bufferBytes += size;
    if (mappedAtCreation) counts.writeBytes += size;
  });
  hook(
    "GPUQueue",
    "writeBuffer",
    "writes",
    function (...[, , data, from, size]) {
      const unit = data.BYTES_PER_ELEMENT ?? 1;
      counts.writeBytes +=
        (size ?? data.byteLength / unit - (from ?? 0)) * unit;
    },
  );
  hook("GPUBuffer", "mapAsync", "reads", function (mode, offset = 0, size) {
    counts.readBytes += size ?? this.size - offset;
  });
}

function hook(type, method, count, more) {
  const prototype = globalThis[type]?.prototype;
  const original = prototype?.[method];
  if (!original) return;
  prototype[method] = function (...given) {
    counts[count]++;
    more?.apply(this, given);
    return original.apply(this, given);
  };
}
