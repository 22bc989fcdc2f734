// What a client tells the page of its worker and of the cores there are.
import type { Core, Cores } from "./cores.ts";
import type { Next } from "./recovery.ts";

/** What the page is told when a worker has ended. */
export type End = Omit<Next, "pause"> & {
  /** What it died of; null if it makes way for another core. */
  reason: string | null;
  /** Whether it asked for files that have made way for another version of the page. */
  gone: boolean;
};

/** What the page is told of cores. */
export type News = {
  /** Why the CPU computes in one thread; null if it has more. */
  alone?: string | null;
  /** A core that is faster than the one in use. */
  faster?: Exclude<Core, "cpu"> | null;
  /** One that could not be built. */
  failed?: Cores["failed"][number];
  /** The cores have made way for those of another version of the page. */
  gone?: true;
};
