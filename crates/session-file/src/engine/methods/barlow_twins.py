"""Barlow Twins: each feature should agree between the views, and with no other feature."""

from lightly.loss import BarlowTwinsLoss

from network import Base, Branch, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.branch = Branch(knobs["projector"], [knobs["latent"]] * 3, size)
        self.criterion = BarlowTwinsLoss(knobs["lambda"])

    def loss(self, views, at):
        a, b = [gather(self.branch(view)) for view in views]
        return self.criterion(a, b)

    def group(self, name):
        # With LARS, biases and norms have a rate of their own: 0.0048 beside 0.2.
        return {"plain": 0.0048 / 0.2}
