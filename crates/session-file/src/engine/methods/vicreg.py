"""VICReg: agree between views, keep every feature varied, keep features uncorrelated."""

from lightly.loss import VICRegLoss
from lightly.loss.vicreg_loss import covariance_loss, invariance_loss
from torch.nn import functional

from network import Base, Branch, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        self.branch = Branch(knobs["projector"], [knobs["latent"]] * 3, size)

    def loss(self, views, at):
        z = [gather(self.branch(view)) for view in views]
        if self.knobs["standardise"]:
            z = [functional.batch_norm(z, None, None, training=True) for z in z]
        # lightly halves the sum of both views' variance terms, as the authors' code does.
        halves = 2 if self.knobs["views"] == "sum" else 1
        weights = {
            "lambda_param": self.knobs["invariance"],
            "mu_param": self.knobs["variance"] * halves,
            "nu_param": self.knobs["covariance"],
        }
        if self.knobs["root"]:
            return VICRegLoss(**weights)(*z)
        variance = sum((1 - z.var(0)).relu().mean() for z in z) / 2
        return (
            weights["lambda_param"] * invariance_loss(*z)
            + weights["mu_param"] * variance
            + weights["nu_param"] * sum(covariance_loss(z) for z in z)
        )
