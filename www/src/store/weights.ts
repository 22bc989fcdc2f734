// A checkpoint as a file: what it says of its run. The tensors are for the core, which checks them.
import type { Bytes, Settings } from "../protocol.ts";
import { checked } from "./valid.ts";

/** Bytes of the length that a `.safetensors` file begins with. */
const LENGTH = 8;

const none = () => "it is no checkpoint of Twoviews";

/** The settings of its run; an error says why there are none. */
export function settingsOf(
  bytes: Bytes,
  usual: Settings,
  methods: string[],
): Settings {
  let about: { settings?: unknown } | null;
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const length = Number(view.getBigUint64(0, true));
    const header = bytes.subarray(LENGTH, LENGTH + length);
    const { __metadata__ } = JSON.parse(new TextDecoder().decode(header));
    about = JSON.parse(__metadata__.twoviews);
  } catch {
    throw new Error(none());
  }
  const settings = about?.settings;
  if (typeof settings !== "object" || settings === null)
    throw new Error(none());
  return checked(settings as Settings, usual, methods);
}
