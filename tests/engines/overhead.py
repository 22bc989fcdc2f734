"""What sharing a batch costs: the time of a step of an exported project, in one process and in several.

    overhead.py PROJECT IMAGES [--processes N] [--steps N]

Each process has one thread. Runs take turns, and medians are compared, for machines are noisy."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 3
# The first ones compile and warm up.
SKIPPED = 3


def one(project, images, processes, steps):
    """Runs train.py here, with a clock in it, and prints the times of its steps."""
    sys.path.insert(0, str(project))
    sys.argv = [str(project / "train.py"), str(images)]
    import train

    class Clock(train.pl.Callback):
        times = []

        def on_train_batch_start(self, *_):
            self.began = time.perf_counter()

        def on_train_batch_end(self, *_):
            self.times.append(time.perf_counter() - self.began)

    trainer = train.pl.Trainer
    train.pl.Trainer = lambda **more: trainer(callbacks=[Clock()], **more)
    sys.argv += ["--accelerator", "cpu", "--workers", "0", "--steps", str(steps)]
    sys.argv += ["--devices", str(processes), "--out", str(project / "overhead.safetensors")]
    given = train.arguments()
    sys.argv = ORIGINAL
    train.main(given)
    if train.dist.rank() == 0:
        print("times", json.dumps(Clock.times[SKIPPED:]))


def median(args, processes):
    command = [sys.executable, __file__, args.project, args.images, "--steps", args.steps]
    command += ["--processes", processes, "--here"]
    told = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    lines = [line for line in told.stdout.splitlines() if line.startswith("times ")]
    if not lines:
        sys.exit(told.stderr)
    return statistics.median(json.loads(lines[-1].removeprefix("times ")))


ORIGINAL = list(sys.argv)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        one(args.project.resolve(), args.images.resolve(), args.processes, args.steps)
        sys.exit()
    rounds = [[median(args, n) for n in (1, args.processes)] for _ in range(ROUNDS)]
    alone, shared = (statistics.median(times) for times in zip(*rounds))
    print(f"a step: {alone * 1000:.0f} ms in one process, {shared * 1000:.0f} ms in {args.processes}")
    print(f"ratio {shared / alone:.2f}, of which an even share would be {1 / args.processes:.2f}")
