// The learner's camera: asked for, read, and let go of.

/** Side of a picture, in pixels: more than a network is given. */
const SIDE = 256;

/** Asks for a camera. Fails with a sentence. */
export async function open(): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) {
    const why =
      "Cameras are there for pages of https or of this machine only; this page is neither.";
    throw new Error(why);
  }
  try {
    return await devices.getUserMedia({ video: { width: 640 }, audio: false });
  } catch (error) {
    throw new Error(refusal(error as DOMException), { cause: error });
  }
}

/** Why a camera cannot be had. */
function refusal({ name, message }: DOMException): string {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "The camera was not allowed. Allow it for this page in the address bar, then try again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera was found. Plug one in, then try again.";
    case "NotReadableError":
    case "AbortError":
      return "The camera cannot be read: another program may be using it. Close that, then try again.";
    default:
      return `The camera cannot be used: ${message || name}.`;
  }
}

/** Lets go of a camera: its light goes out. */
export function close(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The middle square of what a video shows. */
export function picture(video: HTMLVideoElement): Promise<Blob> {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.min(side, SIDE);
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  const context = canvas.getContext("2d")!;
  context.drawImage(
    video,
    left,
    top,
    side,
    side,
    0,
    0,
    canvas.width,
    canvas.height,
  );
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("The picture came to nothing.")),
    ),
  );
}
