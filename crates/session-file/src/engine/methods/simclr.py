"""SimCLR: tell the other view of an image from all other images of the batch."""

import torch
from lightly.loss import NTXentLoss
from torch.nn import functional

from network import Base, Branch, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        widths = [size.features, knobs["latent"]]
        self.branch = Branch(knobs["projector"], widths, size)

    def loss(self, views, at):
        a, b = [gather(self.branch(view)) for view in views]
        if self.knobs["loss"] == "ntXent" and self.knobs["normalise"]:
            return NTXentLoss(self.knobs["temperature"])(a, b)
        z = torch.cat([a, b])
        if self.knobs["normalise"]:
            z = functional.normalize(z)
        return self.written_out(z @ z.T)

    def written_out(self, s):
        """Losses that lightly does not have, of the similarities [2n, 2n] of all views."""
        views = len(s)
        itself = torch.eye(views, dtype=torch.bool, device=s.device)
        positives = s.gather(1, torch.arange(views, device=s.device).roll(views // 2)[:, None])
        if self.knobs["loss"] == "ntXent":
            logits = (s / self.knobs["temperature"]).masked_fill(itself, -torch.inf)
            return (logits.logsumexp(1) - positives[:, 0] / self.knobs["temperature"]).mean()
        others = ~(itself | itself.roll(views // 2, 1))
        count = views * (views - 2) if self.knobs["negatives"] == "mean" else views
        if self.knobs["loss"] == "logistic":
            t = self.knobs["temperature"]
            pull = functional.softplus(-positives / t).mean()
            return pull + functional.softplus(s[others] / t).sum() / count
        triplets = self.knobs["margin"] - positives + s
        return triplets.relu()[others].sum() / count
