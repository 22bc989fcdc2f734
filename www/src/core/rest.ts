// The part of a core that few visitors run is a wasm of its own (`crates/wasm-post/src/split.rs`), loaded when
// one of its functions is first called.

/** Has `core`, which has been loaded, find its other part at `url`. */
export function restAt(url: string, core: object): void {
  // The call waits for an answer, so nothing here may give way to other tasks.
  const loadRest = () => {
    const request = new XMLHttpRequest();
    request.open("GET", url, false);
    request.responseType = "arraybuffer";
    request.send();
    if (request.status !== 200) {
      throw new Error(
        `part of the core could not be loaded (${request.status})`,
      );
    }
    const module = new WebAssembly.Module(request.response as ArrayBuffer);
    new WebAssembly.Instance(module, {
      first: core as WebAssembly.ModuleImports,
    });
  };
  Object.assign(self, { loadRest });
}
