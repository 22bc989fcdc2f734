// Stands in for wasm-bindgen's own declarations until `cargo xtask` has made them.
declare module "*/twoviews.js" {
  export default function init(options: {
    module_or_path: string;
  }): Promise<{ __wasm_call_ctors(): void }>;
  export function serve(): void | Promise<void>;
}

declare module "*/decoder.js" {
  export default function init(options: {
    module_or_path: string;
  }): Promise<{ __wasm_call_ctors(): void }>;
  export function decode(bytes: Uint8Array, size: number): Uint8Array;
}
