// Play, pause, step, epoch, reset; the map's questions.
import type { Command, Space } from "../protocol.ts";
import { client } from "../session/client.ts";
import { scene } from "../session/scene.svelte.ts";
import { session } from "../session/state.svelte.ts";

/** Why a run cannot start, or null. */
export function obstacle(): string | null {
  if (session.dead) return "The training program has stopped";
  if (!session.ready) return "The training program is being loaded";
  if (session.waiting) return "Images are being read";
  if (session.count === 0) return "Add images first";
  if (session.count < 8) {
    return `At least 8 images are needed to learn; here are ${session.count}`;
  }
  return null;
}

function go(command: Command): void {
  if (obstacle()) return;
  const waits = session.state === "paused" && session.run.started !== null;
  if (!waits && session.state !== "running") reset();
  if (!session.run.stepped) session.preparing = true;
  client.send(command);
}

export const play = () => go({ type: "resume" });
export const step = () => go({ type: "step" });
export const epoch = () => go({ type: "epoch" });

export function pause(): void {
  session.preparing = false;
  client.send({ type: "pause" });
}

export function toggle(): void {
  if (session.state === "running") pause();
  else play();
}

/** A fresh network from the settings, which waits. */
export function reset(): void {
  if (obstacle()) return;
  session.preparing = false;
  client.send({ type: "start" });
}

/** A fresh network from the settings, which trains at once. */
export function begin(): void {
  if (obstacle()) return;
  reset();
  session.preparing = true;
  client.send({ type: "resume" });
}

/** A fresh network from the settings, going on if the last one was. */
export function restart(): void {
  const running = session.state === "running";
  if (running) begin();
  else reset();
}

/** Goes on with the faster core that is there. */
export function goFaster(): void {
  session.faster = null;
  client.goFaster();
}

/** Which of the two vectors the maps show. */
export function watch(space: Space): void {
  scene.space = space;
  client.send({ type: "watch", space });
}

/** Shows an image, and asks for those nearest to it. */
export function select(index: number): void {
  scene.selected = index;
  session.run.seeking = true;
  client.send({ type: "neighbours", index, k: 6 });
}

/** Asks for the full score. */
export function evaluate(): void {
  session.run.scoring = true;
  client.send({ type: "evaluate" });
}
