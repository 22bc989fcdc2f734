// What the page knows of what is kept on this device for the next visit.
import type { Entry } from "../store/disk.ts";
import type { SavedSession } from "../store/saved.ts";

class Saving {
  /** Why nothing is kept, as the browser says it; null if something can be. */
  denied = $state<string | null>(null);
  /** Whether another tab keeps its session, so that this one cannot. */
  elsewhere = $state(false);
  /** Whether all has been cleared: this page keeps nothing any more. */
  cleared = $state(false);
  /** The session that the learner is asked about: go on? */
  offer = $state.raw<Entry | null>(null);
  /** Another session than the present one, which can be gone on with. */
  before = $state.raw<Entry | null>(null);
  /** When the present one was saved last. */
  when = $state<number | null>(null);
  /** Bytes that are kept, nearly. */
  bytes = $state(0);
  /** Whether one is on its way back. */
  returning = $state(false);
}

export const saving = new Saving();

/** What a session is about. */
export const about = ({ body }: Entry) => (body as SavedSession).about;
