// Play, pause, step, epoch, reset; the map's questions. What is asked of training is asked of both runs.
import type { Command, Space } from "../protocol.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { scene } from "../session/scene.svelte.ts";
import { slow } from "../session/slow.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { until } from "../session/sweep.svelte.ts";
import { rememberRuns } from "./history.ts";

/** Why no run can start, or null. */
export function obstacle(): string | null {
  const { a } = runs;
  if (a.dead) return "The training program has stopped";
  if (!a.ready) return "The training program is being loaded";
  if (session.waiting) return "Images are being read";
  if (session.count === 0) return "Add images first";
  if (session.count < 8) {
    return `At least 8 images are needed to learn; here are ${session.count}`;
  }
  return null;
}

/** Whether a run is there that has steps left. */
const goesOn = ({ state, log }: Run) =>
  state === "running" || (state === "paused" && log.started !== null);

const isOver = ({ state }: Run) => state === "done" || state === "failed";

function go(command: Command): void {
  if (obstacle()) return;
  slow.end();
  const able = runs.live.filter(({ dead }) => !dead);
  const left = able.filter((run) => !isOver(run));
  // One that is done stays as it is while the other goes on; when all are, all begin anew. One that is still on
  // its way, or whose network is, comes along: what it is asked waits for it.
  for (const run of left.length > 0 ? left : able) {
    if (!goesOn(run)) {
      rememberRuns();
      reset(run);
    }
    if (!run.log.stepped) run.preparing = true;
    run.send(command);
  }
  if (command.type === "step") slow.begin();
}

export const play = () => go({ type: "resume" });
/** In slow motion a step is as many calls as it has stages. */
export function step(): void {
  if (!slow.next()) go({ type: "step" });
}
export const epoch = () => go({ type: "epoch" });

export function pause(of: Run[] = runs.live): void {
  for (const run of of) {
    run.preparing = false;
    run.send({ type: "pause" });
  }
}

export function toggle(): void {
  if (runs.running) pause();
  else play();
}

/** Ends a run and its worker, once all that it learned is known. */
export async function retire(run: Run): Promise<void> {
  const { client, log } = run;
  if (!client) return;
  pause([run]);
  await until(() => log.known || run.failed !== null || run.client !== client);
  if (run.client === client) run.close();
  else client.close();
}

/** Starts that have not been answered. */
const starts = new Map<Run, Promise<unknown>>();

/** Waits until what has been asked to start has started, or will not. */
export const started = (run: Run) => starts.get(run) ?? null;

/** A fresh network from the settings, which waits. */
export function reset(run: Run): void {
  if (obstacle()) return;
  slow.end();
  run.preparing = false;
  const answer = run.client?.ask({ type: "start" });
  if (!answer) return;
  starts.set(run, answer);
  void answer.then(() => {
    if (starts.get(run) === answer) starts.delete(run);
  });
}

/** Fresh networks for all. */
export function resetAll(): void {
  if (obstacle()) return;
  rememberRuns();
  for (const run of runs.live) reset(run);
}

/** A fresh network from the settings, which trains at once. */
export function begin(run: Run): void {
  if (obstacle()) return;
  reset(run);
  run.preparing = true;
  run.send({ type: "resume" });
}

/** A fresh network from the settings, going on if the last one was. */
export function restart(run: Run): void {
  rememberRuns();
  if (run.state === "running") begin(run);
  else reset(run);
}

/** Goes on with the faster core that is there. */
export function goFaster(): void {
  for (const run of runs.live) {
    run.faster = null;
    run.client?.goFaster();
  }
}

/** Which of the two vectors the maps show. */
export function watch(space: Space): void {
  scene.space = space;
  for (const run of runs.live) run.send({ type: "watch", space });
}

/** Shows an image, and asks for those nearest to it. */
export function select(index: number): void {
  scene.selected = index;
  for (const run of runs.live) {
    if (!run.log.started) continue;
    run.log.seeking = true;
    run.send({ type: "neighbours", index, k: 6 });
  }
}

/** Asks for the full score. */
export function evaluate(run: Run): void {
  run.log.scoring = 0;
  run.send({ type: "evaluate" });
}

/** Gives the full score up. */
export function stopEvaluating(run: Run): void {
  run.log.scoring = null;
  run.send({ type: "stopEvaluating" });
}
