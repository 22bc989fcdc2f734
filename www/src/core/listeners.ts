// Who listens to the events of a core.
import type { Event } from "../protocol.ts";

export type Listener<T extends string> = (
  event: T extends Event["type"] ? Extract<Event, { type: T }> : Event,
) => void;

export class Listeners {
  #by = new Map<string, Set<(event: Event) => void>>();

  /** Listens to one type of event, or to all (`*`); returns how to stop. */
  on<T extends Event["type"] | "*">(
    type: T,
    listener: Listener<T>,
  ): () => void {
    const listeners = this.#by.get(type) ?? new Set();
    const general = listener as (event: Event) => void;
    this.#by.set(type, listeners.add(general));
    return () => listeners.delete(general);
  }

  /** The next event of one of these types. */
  next(...types: Event["type"][]): Promise<Event> {
    return new Promise((resolve) => {
      const stops = types.map((type) =>
        this.on(type, (event) => {
          for (const stop of stops) stop();
          resolve(event as Event);
        }),
      );
    });
  }

  tell(event: Event): void {
    for (const type of ["*", event.type]) {
      for (const listener of this.#by.get(type) ?? []) listener(event);
    }
  }
}
