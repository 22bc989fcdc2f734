"""Whether a run in two processes is that of one: `follows.py NAME TOLERANCE ONE.safetensors TWO.safetensors`.

Beside each lies the log of its losses.
"""

import csv
import sys
from pathlib import Path

from safetensors import safe_open


def losses(path):
    log = path.parent / f"{path.stem}-log" / "version_0" / "metrics.csv"
    with open(log, newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file) if row.get("loss")]


def weights(path):
    with safe_open(path, "pt") as file:
        names = [name for name in file.keys() if not name.startswith("optimizer.")]
        return {name: file.get_tensor(name) for name in names}


if __name__ == "__main__":
    name, tolerance, *paths = sys.argv[1:]
    (one, two), (a, b) = [[of(Path(path)) for path in paths] for of in (losses, weights)]
    if len(one) != len(two) or len(one) < 2 or a.keys() != b.keys():
        sys.exit(f"{name}: {len(one)} and {len(two)} losses")
    loss = max(abs(x - y) / max(abs(x), 1) for x, y in zip(one, two))
    weight = max((a[n] - b[n]).abs().max().item() for n in a)
    good = loss <= float(tolerance) and weight <= float(tolerance)
    print(
        f"{'' if good else 'DIFFERS: '}{name}: {len(one)} steps, loss {one[0]:.4f} to {one[-1]:.4f}; "
        f"apart by {loss:.1e} (relative), weights by {weight:.1e}"
    )
    sys.exit(0 if good else 1)
