"""Goes on with a run of Twoviews, on PyTorch Lightning and lightly. README.md says how it is started."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

try:
    import torch

    if torch.__version__ == "1.13.0a0":
        # What Debian 12 calls its 1.13.1; Lightning goes by the name.
        torch.__version__ = "1.13.1"
    import lightly  # noqa: F401
    import pytorch_lightning as pl
    import safetensors  # noqa: F401
    import torchvision  # noqa: F401
except ImportError as missing:
    sys.exit(f"train.py needs {missing.name}: python3 -m pip install -r requirements.txt")

from lightly.utils import dist
from pytorch_lightning.loggers import CSVLogger
from pytorch_lightning.strategies import DDPStrategy

import checkpoint
import optim
from data import Batches, Draws, Squares
from method import Method
from network import Size

HERE = Path(__file__).parent


def beside(own, of_session):
    """A file of this project; in a saved session, that of the run which it lies in."""
    path = HERE / own
    return path if path.exists() else HERE.parent / of_session


@dataclass
class At:
    """Where a step stands in its run."""

    step: int
    total: int
    draws: Draws


class Training(pl.LightningModule):
    """A method in training, from step `start` of `total` on."""

    def __init__(self, settings, rate, start=0, total=1):
        super().__init__()
        self.settings, self.rate = settings, rate
        self.model = Method(self.settings["knobs"], Size(self.settings["encoder"]))
        self.start, self.total = start, total
        self.moved, self.recalled = {}, {}

    def _register_sharded_tensor_state_dict_hooks_if_available(self):
        """Nothing is sharded here, and what Lightning asks for torch 1.13 does not have in Python 3.11."""

    def take_up(self, about, tensors, path):
        """Weights, what the optimiser remembers, and how often it moved each parameter."""
        checkpoint.fill(self.model, tensors, path)
        self.moved = dict(about["moved"])
        self.recalled = {n: t for n, t in tensors.items() if n.startswith("optimizer.")}

    def at(self):
        step = self.start + (self.trainer.global_step if self._trainer else 0)
        return At(step, self.total, Draws(self.settings["seed"], step))

    def training_step(self, views, _):
        loss = self.model.loss(views, self.at())
        self.log("loss", loss, prog_bar=True)
        return loss

    def on_before_optimizer_step(self, _):
        for name, p in self.model.named_parameters():
            if p.grad is not None:
                self.moved[name] = self.moved.get(name, 0) + 1

    def optimizer_step(self, *args, **kwargs):
        at = self.at()
        super().optimizer_step(*args, **kwargs)
        self.model.after_step(at)

    def configure_optimizers(self):
        train = self.settings["train"]
        self.optimizer, constant = optim.build(self.model, train, self.rate)
        optim.recall(self.optimizer, self.model, train["optimizer"], self.recalled, self.moved)
        scheduler = optim.schedule(self.optimizer, constant, train, self.start, self.total)
        return [self.optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def save(self, path):
        kind = self.settings["train"]["optimizer"]
        about = {
            "step": self.at().step,
            "settings": self.settings,
            "moved": self.moved,
            "notes": None,
            "rate": self.rate,
        }
        kept = optim.remembered(self.optimizer, self.model, kind)
        checkpoint.save(path, self.model, kept, about)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", help="a folder of images, or a squares.npy of `twoviews embed`")
    weights = beside("weights.safetensors", "checkpoint.safetensors")
    parser.add_argument("--weights", default=weights, type=Path)
    parser.add_argument("--out", default=HERE / "trained.safetensors", type=Path)
    parser.add_argument("--accelerator", default="auto", help="cpu, gpu, ...")
    parser.add_argument("--devices", default=1, type=int, help="processes on each node")
    parser.add_argument("--nodes", default=1, type=int)
    parser.add_argument("--workers", default=2, type=int, help="that make views, for each process")
    parser.add_argument("--steps", type=int, help="no more than so many")
    parser.add_argument("--double", action="store_true", help="in double precision")
    return parser.parse_args()


def main(args):
    run = json.loads(beside("run.json", "run.json").read_text())
    settings = run["settings"]
    views = Method.views(
        settings["knobs"], {"size": settings["size"], "augment": settings["augment"]}
    )
    squares = Squares(args.images, settings["size"], settings["seed"], views)
    if len(squares) < 2:
        raise checkpoint.Refused(f"{args.images}: two images are needed, and {len(squares)} found")
    batches = Batches(len(squares), settings["train"], settings["seed"])
    processes = args.devices * args.nodes
    if batches.batch % processes:
        raise checkpoint.Refused(
            f"a batch of {batches.batch} cannot be shared by {processes} processes: choose a divisor"
        )
    about, tensors = checkpoint.load(args.weights)
    batches.start = min(about["step"], batches.total)
    if args.steps is not None:
        batches.end = min(batches.start + args.steps, batches.total)
    # What the settings leave to the method.
    rate = run.get("rate", about.get("rate"))
    if rate is None:
        raise checkpoint.Refused("run.json has no rate: add one, as a number")
    training = Training(settings, rate, batches.start, batches.total)
    training.take_up(about, tensors, args.weights)
    on_gpu = args.accelerator == "gpu" or (args.accelerator == "auto" and torch.cuda.is_available())
    strategy = "auto"
    if processes > 1:
        backend = "nccl" if on_gpu else "gloo"
        strategy = DDPStrategy(
            process_group_backend=backend, find_unused_parameters=True, broadcast_buffers=False
        )
    trainer = pl.Trainer(
        accelerator=args.accelerator,
        devices=args.devices,
        num_nodes=args.nodes,
        strategy=strategy,
        precision="64-true" if args.double else "32-true",
        sync_batchnorm=on_gpu and processes > 1,
        use_distributed_sampler=False,
        max_epochs=1,
        enable_checkpointing=False,
        enable_model_summary=False,
        logger=CSVLogger(args.out.parent, name=f"{args.out.stem}-log"),
        log_every_n_steps=1,
    )
    loader = torch.utils.data.DataLoader(squares, batch_sampler=batches, num_workers=args.workers)
    trainer.fit(training, loader)
    if dist.rank() == 0:
        training.save(args.out)
        print(f"{args.out}: step {training.at().step} of {batches.total}")


if __name__ == "__main__":
    try:
        main(arguments())
    except checkpoint.Refused as refused:
        sys.exit(f"train.py: {refused}")
    except torch.linalg.LinAlgError:
        sys.exit("train.py: z cannot be whitened: lower the rate, or choose a larger epsilon")
