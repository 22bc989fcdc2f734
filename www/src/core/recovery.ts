// What another worker needs to go on where the last one has ended.
import { at, merge, nest } from "../lib/paths.ts";
import type { Bytes, Command, ImageSet, Settings } from "../protocol.ts";

/** What is known of a worker's session. Never transferred away. */
export type Known = {
  images: ImageSet | null;
  /** The built-in set that is being loaded. */
  loading: Command | null;
  settings: Settings | null;
  /** Paths of settings that wait for the next start. */
  pending: string[];
  startedWith: Settings | null;
  checkpoint: { step: number; bytes: Bytes } | null;
  /** Whether there is a run, and whether it goes on. */
  begun: boolean;
  running: boolean;
  watched: Command | null;
};

export const nothing = (): Known => ({
  images: null,
  loading: null,
  settings: null,
  pending: [],
  startedWith: null,
  checkpoint: null,
  begun: false,
  running: false,
  watched: null,
});

/** The same without the run. */
export const withoutRun = (known: Known): Known => ({
  ...known,
  checkpoint: null,
  begun: false,
  running: false,
});

/** Whether a command hands over a run. */
export const hasRun = (command: Command): boolean =>
  command.type === "restore" && command.checkpoint !== null;

/** Commands that give a new worker what the last one had; with `onCpu`, on the CPU whatever the settings say. */
export function takeUp(known: Known, onCpu: boolean): Command[] {
  const { images, loading, settings, checkpoint, begun, running } = known;
  if (!settings) return [];
  const backend = onCpu ? "cpu" : settings.backend;
  const commands: Command[] = [];
  if (loading || !images?.names.length) {
    commands.push({ type: "configure", settings: { ...settings, backend } });
    if (loading) commands.push(loading);
  } else commands.push(...restore(known, images, settings, backend));
  if (begun && !checkpoint) commands.push({ type: "start" });
  if (running && begun) commands.push({ type: "resume" });
  return commands;
}

function restore(
  { pending, startedWith, checkpoint, watched }: Known,
  images: ImageSet,
  settings: Settings,
  backend: Settings["backend"],
): Command[] {
  // The checkpoint belongs to the settings in force, not to those that wait for a start.
  let force = settings;
  for (const path of pending) {
    const before = at(startedWith, path);
    if (before !== undefined) force = merge(force, nest(path, before));
  }
  const onCpu = backend !== settings.backend;
  if (onCpu) force = { ...force, backend };
  const waiting = pending
    .filter((path) => !(path === "backend" && onCpu))
    .map((path): Command => ({
      type: "configure",
      settings: nest(path, at(settings, path)!),
    }));
  return [
    {
      type: "restore",
      images,
      settings: force,
      checkpoint: checkpoint?.bytes ?? null,
    },
    ...waiting,
    ...(watched ? [watched] : []),
  ];
}
