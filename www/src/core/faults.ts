// What a worker has died of, in words.

/** What a wasm stops with that asked for memory and got none: it says no more, and each browser its own. What
 * stops so after a panic has told of that first. */
const SHORT = /unreachable|out of memory|allocation failed|could not allocate/i;

export const SHORT_OF_MEMORY = "there was not enough memory for it";

/** Says over what a browser says of an error. */
export const inWords = (message: string) =>
  SHORT.test(message) ? SHORT_OF_MEMORY : message;
