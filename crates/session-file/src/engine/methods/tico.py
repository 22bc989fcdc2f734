"""TiCo: agree between views, and keep away from the directions that images have taken so far."""

import torch
from lightly.loss import TiCoLoss
from lightly.utils.scheduler import cosine_schedule

from network import Base, Branch, OnlineAndTarget, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        online = Branch(knobs["projector"], [size.features, knobs["latent"]], size)
        self.networks = OnlineAndTarget(online)
        self.register_buffer("moment", torch.zeros(online.outputs, online.outputs))

    def loss(self, views, at):
        a = gather(self.networks.online(views[0]))
        with torch.no_grad():
            b = gather(self.networks.target(views[1]))
        # The pairwise form has the same value and the same gradient.
        tico = TiCoLoss(self.knobs["beta"], self.knobs["rho"])
        tico.C = self.moment
        loss = tico(a, b)
        self.moment = tico.C
        return loss

    def after_step(self, at):
        momentum = cosine_schedule(at.step, at.total + 1, self.knobs["momentum"], 1.0)
        self.networks.update(self.knobs["average"], momentum)
