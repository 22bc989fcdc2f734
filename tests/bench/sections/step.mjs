// A training step of simclr-step-v1, by everyone, in turn.
import { isIdle } from "../lib/machine.mjs";
import { mean, median } from "../lib/numbers.mjs";
import { PEERS, PagePeer, TorchPeer } from "../lib/peers.mjs";
import { kilobytes, short, times } from "../lib/report.mjs";
import { prepareStart } from "../lib/start.mjs";

const IMAGES = 32;
/** On a software GPU a step of the whole batch takes minutes. */
const FEW = 4;
/** A browser goes on optimising our wasm for about so many steps; everyone is given them. */
const WARM = 8;
/** Steps of a slow peer: the first compiles. */
const SLOW = { warm: 1, timed: 2 };
/** Steps of the small batch before its calls are counted: buffers are then there. */
const SETTLED = 2;
const COUNTED = 4;
/** How far losses may be apart, relative to ours on the CPU, at every step. */
const AGREE = 1e-4;
/** One thread that nothing disturbs takes about as long as it computes; beyond this it has waited. */
const WAITED = 1.3;

export default async function (bench) {
  const { report, options } = bench;
  report.section("step", `one step of simclr-step-v1, ${2 * IMAGES} views`);
  const quick = options.peers.filter((name) => options.slow || !isSlow(name));
  // Of two threads one would wait for whoever else is at work.
  const idle = isIdle(bench.others);
  const wanted = quick.filter((name) => idle || name !== "torch-threads");
  const left = options.peers.filter((name) => !wanted.includes(name));
  if (left.length > 0) {
    report.note(
      `not timed: ${left.join(", ")} (--slow times the slow ones, an idle machine PyTorch with two threads)`,
    );
  }
  const whole = await timeAll(bench, wanted);
  await countAll(bench, whole);
}

const isSlow = (name) => PEERS[name].slow || PEERS[name].where === "webgpu";

async function timeAll(bench, wanted) {
  const { report, options, browser, server, crate } = bench;
  const start = await prepareStart(crate, server, IMAGES);
  const peers = [];
  for (const name of wanted) {
    try {
      const peer =
        PEERS[name].where === "native"
          ? await TorchPeer.open(start.file, PEERS[name].threads)
          : await PagePeer.open(browser, server, name, start.path, IMAGES);
      const { warm, timed } = isSlow(name)
        ? SLOW
        : { warm: WARM, timed: options.rounds };
      peers.push({ name, peer, warm, until: warm + timed, steps: [] });
      report.record({ peer: name, about: peer.about });
    } catch (error) {
      report.note(`${name} cannot run: ${error.message}`);
    }
  }
  // In turn, so that noise falls on all alike.
  for (let round = 0; round < WARM + options.rounds; round++) {
    for (const each of peers) {
      if (each.gone || each.steps.length >= each.until) continue;
      try {
        each.steps.push(await each.peer.step());
      } catch (error) {
        each.gone = true;
        report.note(`${each.name} fell out: ${error.message}`);
      }
    }
  }
  for (const { peer } of peers) await peer.close();

  const ran = peers.filter(({ steps, warm }) => steps.length > warm);
  const rows = ran.map(({ name, steps, warm }) => {
    const timed = steps.slice(warm);
    const ms = timed.map((step) => step.ms);
    return {
      peer: name,
      ms: median(ms),
      least: Math.min(...ms),
      most: Math.max(...ms),
      // Ticks are coarse: over all steps they even out.
      cpu: timed[0].cpu === null ? null : mean(timed.map((step) => step.cpu)),
      steps: timed.length,
      all: steps.map((step) => step.ms),
      losses: steps.map((step) => step.loss),
    };
  });
  const of = (name) => rows.find((row) => row.peer === name);
  const [ours, torch] = [of("ours-cpu"), of("torch")];
  for (const row of rows) {
    row.toOurs = ours ? row.ms / ours.ms : null;
    row.toTorch = torch ? row.ms / torch.ms : null;
    row.cpuToTorch = torch?.cpu ? row.cpu / torch.cpu : null;
    row.apart = ours ? apart(row.losses, ours.losses) : null;
  }
  report.table(rows, {
    peer: (row) => row.peer,
    "ms, median": (row) => short(row.ms),
    least: (row) => short(row.least),
    most: (row) => short(row.most),
    "CPU ms": (row) => short(row.cpu),
    "to ours-cpu": (row) => times(row.toOurs),
    "to torch": (row) => times(row.toTorch),
    "CPU to torch": (row) => times(row.cpuToTorch),
    steps: (row) => String(row.steps),
    "loss apart": (row) =>
      row.apart === null ? "-" : row.apart.toExponential(1),
  });
  for (const { peer, ms, cpu } of rows) {
    if (PEERS[peer].where === "webgpu" || cpu === null) continue;
    if (ms <= WAITED * cpu) continue;
    report.note(
      `${peer} waited for a processor: its ratios by the clock are wrong, those of CPU time hold`,
    );
  }
  if (ours) {
    for (const row of rows) agree(report, row.peer, row.apart);
    const [first, last] = [ours.losses[0], ours.losses.at(-1)];
    report.note(`our loss went from ${first.toFixed(4)} to ${last.toFixed(4)}`);
  }
  return ran
    .filter(({ name }) => PEERS[name].where === "webgpu")
    .map(({ name, steps, warm }) => ({
      peer: name,
      views: 2 * IMAGES,
      ...steady(steps.slice(warm)),
    }));
}

function agree(report, peer, far) {
  if (far <= AGREE) return;
  report.fault(`the losses of ${peer} differ from ours by ${far}`);
}

/** The largest difference of two curves, relative to the second, as far as both reach. */
const apart = (losses, ours) =>
  Math.max(
    ...losses
      .slice(0, ours.length)
      .map((loss, i) => Math.abs(loss - ours[i]) / Math.abs(ours[i])),
  );

/** What a steady step asks of WebGPU. */
async function countAll(bench, whole) {
  const { report, options, browser, server, crate } = bench;
  const names = options.peers.filter((name) => PEERS[name].where === "webgpu");
  if (names.length === 0) return;
  const start = await prepareStart(crate, server, FEW);
  const rows = [];
  let losses;
  for (const name of names) {
    let peer;
    try {
      peer = await PagePeer.open(browser, server, name, start.path, FEW);
      const steps = [];
      while (steps.length < SETTLED + COUNTED) steps.push(await peer.step());
      rows.push({
        peer: name,
        views: 2 * FEW,
        ...steady(steps.slice(SETTLED)),
      });
      const curve = steps.map((step) => step.loss);
      losses ??= curve;
      agree(report, name, apart(curve, losses));
      // Between two reports a session reads no loss.
      if (name.startsWith("ours")) {
        const calls = await peer.count(COUNTED);
        rows.push({ peer: `${name}, unread`, views: 2 * FEW, ...calls });
      }
    } catch (error) {
      report.note(`${name} cannot run: ${error.message}`);
    }
    await peer?.close();
  }
  rows.push(...whole);
  if (rows.length === 0) return;
  console.log(
    "\n   WebGPU calls of a steady step, after which the loss is read",
  );
  report.table(rows, GPU_COLUMNS);
}

/** The mean calls of some steps. */
const steady = (steps) =>
  Object.fromEntries(
    Object.keys(steps[0].calls).map((call) => [
      call,
      mean(steps.map((step) => step.calls[call])),
    ]),
  );

/** How counts of WebGPU calls are shown. */
export const GPU_COLUMNS = {
  peer: (row) => row.peer,
  views: (row) => String(row.views),
  dispatches: (row) => short(row.dispatches),
  passes: (row) => short(row.passes),
  submits: (row) => short(row.submits),
  "new buffers": (row) => short(row.buffers),
  "their size": (row) => kilobytes(row.bufferBytes),
  written: (row) => kilobytes(row.writeBytes),
  "bytes read": (row) => short(row.readBytes),
  "bind groups": (row) => short(row.bindGroups),
};
