// Which command the core's events answer. It obeys in the order it is asked, so an answer is for the oldest
// command that has none; what the page notes of a command, it notes when that is obeyed.
import type { Command, Event } from "../protocol.ts";

/** The commands that are always answered. */
export type Question = Extract<
  Command,
  {
    type:
      | "configure"
      | "loadSet"
      | "addImages"
      | "clear"
      | "start"
      | "restore"
      | "embeddings";
  }
>;

/** The last event of what a command led to, or its refusal; null if it died with the worker. */
export type Answer = Event | null;

/** A command, and who waits for its answer; null if the client sends it by itself. */
export type Task = {
  command: Command;
  done: ((answer: Answer) => void) | null;
};

/** The events that a command leads to if it is obeyed, in their order; null if that may be none. */
function events(command: Command): Event["type"][] | null {
  switch (command.type) {
    case "configure":
      return ["configured"];
    case "loadSet":
    case "addImages":
    case "clear":
      return ["loaded"];
    case "start":
      return ["started", "configured"];
    case "embeddings":
      return ["embeddings"];
    case "restore":
      return [
        ...(command.images ? (["loaded"] as const) : []),
        "configured",
        ...(command.checkpoint
          ? (["started", "configured", "stepped"] as const)
          : []),
      ];
    default:
      return null;
  }
}

export class Answers {
  #open: (Task & { left: Event["type"][] })[] = [];

  /** Whether a worker is being given what the last one had. */
  get restoring(): boolean {
    const [first] = this.#open;
    return first?.command.type === "restore" && first.done === null;
  }

  /** The commands that are not answered yet. */
  get open(): readonly Task[] {
    return this.#open;
  }

  /** A command has been sent. */
  add(task: Task): void {
    const left = events(task.command);
    if (left) this.#open.push({ ...task, left });
  }

  /** Images that a worker was given come back as they are: their pixels stay here once. */
  share(event: Event): void {
    const [first] = this.#open;
    if (event.type !== "loaded" || first?.command.type !== "restore") return;
    const given = first.command.images;
    if (given) event.images.pixels = given.pixels;
  }

  /** An event has come; returns the command that has been obeyed with it, if one has. */
  take(event: Event): Command | null {
    const first = this.#open[0];
    if (!first) return null;
    const refused = event.type === "refused";
    if (event.type === first.left[0]) first.left.shift();
    else if (!refused || event.command !== first.command.type) return null;
    if (!refused && first.left.length > 0) return null;
    this.#open.shift();
    first.done?.(event);
    return refused ? null : first.command;
  }

  /**
   * The worker has ended: the commands that another one can be sent again. Pixels have gone with it, and
   * what the client sent it sends anew.
   */
  lose(): Task[] {
    const again: Task[] = [];
    for (const { command, done } of this.#open.splice(0)) {
      if (!done) continue;
      if (command.type === "addImages") done(null);
      else again.push({ command, done });
    }
    return again;
  }
}

/** A command that asks for another backend asks for the CPU. */
export function onCpu({ command, done }: Task): Task {
  if (command.type !== "configure" || !command.settings.backend) {
    return { command, done };
  }
  const settings = { ...command.settings, backend: "cpu" as const };
  return { command: { ...command, settings }, done };
}
