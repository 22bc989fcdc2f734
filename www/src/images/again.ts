/** What a worker says of a file that is among the images already. */
export const AGAIN = "again";

/** The same to the learner. */
export const again = () => "already added";

/** What is said of hidden files and those of the system where it is not the core that counts them. */
export const HIDDEN = "hidden, or left there by a system";
