/** What a worker says of a file that is among the images already. */
export const AGAIN = "again";

/** The same to the learner. */
export const again = () => "already added";
