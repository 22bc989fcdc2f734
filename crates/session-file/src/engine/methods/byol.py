"""BYOL: predict what a slow copy of the network says of the other view."""

import torch
from lightly.loss import NegativeCosineSimilarity
from lightly.utils.scheduler import cosine_schedule

from network import Base, Branch, Mlp, OnlineAndTarget, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        hidden = 2 * size.features
        online = Branch(knobs["projector"], [hidden, knobs["latent"]], size)
        self.networks = OnlineAndTarget(online)
        self.predictor = Mlp([online.outputs, hidden, online.outputs], size.norm)
        self.similarity = NegativeCosineSimilarity()

    def loss(self, views, at):
        z = [self.networks.online(view) for view in views]
        p = [self.predictor(z) for z in z] if self.knobs["predictor"] else z
        targets = z
        if self.knobs["average"]:
            with torch.no_grad():
                targets = [self.networks.target(view) for view in views]
        if self.knobs["stopGradient"]:
            targets = [target.detach() for target in targets]
        p, targets = [[gather(x) for x in both] for both in (p, targets)]
        # The squared distance of unit vectors, of both directions.
        return 4 + 2 * (self.similarity(p[0], targets[1]) + self.similarity(p[1], targets[0]))

    def group(self, name):
        return {"rate": 5.0, "constant": True} if name.startswith("predictor") else {}

    def after_step(self, at):
        momentum = cosine_schedule(at.step, at.total + 1, self.knobs["momentum"], 1.0)
        self.networks.update(self.knobs["average"], momentum)
