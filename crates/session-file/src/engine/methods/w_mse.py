"""W-MSE: views of an image agree once their features are whitened."""

from itertools import combinations

import torch
from lightly.loss.wmse_loss import Whitening2d, norm_mse_loss
from torch.nn import functional

from network import Base, Branch, gather


class Method(Base):
    @staticmethod
    def views(knobs, base):
        return [base] * knobs["views"]

    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        self.branch = Branch(knobs["projector"], [size.features, knobs["latent"]], size)
        self.whitening = Whitening2d(
            self.branch.outputs, track_running_stats=False, eps=knobs["epsilon"]
        )
        # lightly's WMSELoss refuses batches that are no multiple of the sub-batch.
        self.distance = norm_mse_loss if knobs["normalise"] else functional.mse_loss

    def loss(self, views, at):
        z = [gather(self.branch(view)) for view in views]
        n = len(z[0])
        rows = min(self.knobs["subBatch"], n)
        orders = [torch.arange(n)]
        if rows < n:
            orders = [at.draws.order(n) for _ in range(self.knobs["iterations"])]
        groups = [g for order in orders for g in order[: n // rows * rows].split(rows)]
        whitened = [torch.cat([self.whitening(z[group]) for group in groups]) for z in z]
        distances = [self.distance(a, b) for a, b in combinations(whitened, 2)]
        return torch.stack(distances).mean()

    def group(self, name):
        return {"rate": 0.5}
