"""Whether projects of `twoviews export` do what Twoviews does: `one_step.py FOLDER...`.

A folder has a `project`, the views and draws of some steps (`steps.safetensors`, with the loss of each),
and the weights after each (`after-1.safetensors`, ...). Prints a line a folder; fails if one differs.
"""

import importlib
import json
import sys
import types
import warnings
from pathlib import Path

import torch

if torch.__version__ == "1.13.0a0":
    torch.__version__ = "1.13.1"
warnings.filterwarnings("ignore")

# Of the first step. Over three there may be more: a ReLU that is zero but for rounding opens on one side.
LOSS, WEIGHTS, LATER = 1e-4, 1e-4, 1e-2
# What the optimiser remembers, as a part of the largest number of its tensor.
REMEMBERED = 1e-3
# How far parameters may be apart, as a part of what the first update moved any of them.
OF_UPDATE = 1e-2
# What nothing reads while the target is a plain copy: the statistics of its batches.
UNUSED = "networks.target"
# A gradient that is all rounding, of a bias that the loss does not see, still moves Adam a whole rate.
NO_GRADIENT = 1e-5


class Recorded:
    """The draws that Twoviews made at a step."""

    def __init__(self, tensors, step):
        self.tensors, self.step, self.count = tensors, step, {}

    def next(self, what):
        self.count[what] = self.count.get(what, -1) + 1
        return self.tensors[f"draws.{self.step}.{what}.{self.count[what]}"]

    def order(self, _):
        return self.next("order").long()

    def below(self, *_):
        return self.next("below").long()

    def chance(self, *_):
        return self.next("chance") > 0

    def uniform(self, *shape):
        return self.next("uniform").view(shape)


def check(folder):
    project = folder / "project"
    sys.path.insert(0, str(project))
    for name in ("checkpoint", "network", "optim", "method"):
        sys.modules.pop(name, None)
    checkpoint, network, optim, method = map(
        importlib.import_module, ("checkpoint", "network", "optim", "method")
    )
    sys.path.pop(0)
    run = json.loads((project / "run.json").read_text())
    settings = run["settings"]
    train = settings["train"]
    model = method.Method(settings["knobs"], network.Size(settings["encoder"])).train()
    about, tensors = checkpoint.load(project / "weights.safetensors")
    checkpoint.fill(model, tensors, "weights.safetensors")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    _, steps = checkpoint.load(folder / "steps.safetensors")
    total = int(steps["total"])
    optimizer, constant = optim.build(model, train, run["rate"])
    schedule = optim.schedule(optimizer, constant, train, 0, total)
    adam = train["optimizer"].startswith("adam")
    loss_apart, weights_apart, moved, parted = [], [], 0.0, 0.0
    for step, expected in enumerate(steps["loss"]):
        # What rounding does to a parameter that has no gradient Adam makes visible in the next loss.
        if adam and step > 0:
            break
        at = types.SimpleNamespace(step=step, total=total, draws=Recorded(steps, step))
        views = []
        while f"views.{step}.{len(views)}" in steps:
            views.append(steps[f"views.{step}.{len(views)}"])
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(views, at)
        loss.backward()
        optimizer.step()
        schedule.step()
        model.after_step(at)
        loss_apart.append(abs(loss.item() - expected.item()))
        _, after = checkpoint.load(folder / f"after-{step + 1}.safetensors")
        grads = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        largest = max(grad.abs().max() for grad in grads.values())
        worst = (0.0, "")
        for name, ours in model.state_dict().items():
            if name.startswith(UNUSED) and not settings["knobs"].get("average", True):
                continue
            differs = (ours - after[name]).abs()
            grad = grads.get(name.replace(".target.", ".online."))
            if adam and grad is not None:
                differs = differs[grad.abs() > NO_GRADIENT * largest]
            apart = differs.max().item() if differs.numel() else 0.0
            worst = max(worst, (apart, name))
            if step == 0 and name in grads:
                moved = max(moved, (after[name] - before[name]).abs().max().item())
                parted = max(parted, apart)
        weights_apart.append(worst)
        kept = optim.remembered(optimizer, model, train["optimizer"])
        names = {name for name in after if name.startswith("optimizer.")}
        if kept.keys() != names:
            sys.exit(f"{folder.name}: not remembered alike: {sorted(kept.keys() ^ names)}")
        for name in names:
            of_kind = [after[n] for n in names if n.split(".")[-1] == name.split(".")[-1]]
            scale = max(tensor.abs().max().item() for tensor in of_kind)
            if step == 0 and (kept[name] - after[name]).abs().max().item() > REMEMBERED * scale:
                sys.exit(f"{folder.name}: {name} differs after the first step")
    first, where = weights_apart[0]
    last = max(apart for apart, _ in weights_apart)
    good = loss_apart[0] <= LOSS and first <= WEIGHTS and parted <= OF_UPDATE * moved
    good = good and max(loss_apart) <= LATER and last <= LATER
    print(
        f"{'' if good else 'DIFFERS: '}{folder.name}: loss {loss_apart[0]:.0e}, after an update of "
        f"{moved:.0e} weights {first:.0e} ({where}, parameters {parted:.0e}); over "
        f"{len(loss_apart)} steps loss {max(loss_apart):.0e}, weights {last:.0e}"
    )
    return good


if __name__ == "__main__":
    good = [check(Path(folder)) for folder in sys.argv[1:]]
    sys.exit(0 if all(good) else 1)
