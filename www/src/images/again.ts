/** What a worker says of a file that is among the images already. */
export const AGAIN = "again";

/** The same to the learner. */
export const again = () => "already added";

/** Why an image is not taken though it can be read. */
export const full = () =>
  "the browser has no memory left for it: add fewer images, or choose a smaller size";

/** Why hidden files and those of the system are not read: they are counted, and not listed. */
export const HIDDEN = "hidden, or left there by a system";
