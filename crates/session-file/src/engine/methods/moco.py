"""MoCo: tell the other view of an image from many that passed before, kept in a queue."""

import torch
from lightly.loss import NTXentLoss
from torch.nn import functional

from network import Base, Branch, OnlineAndTarget, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        online = Branch(knobs["projector"], [size.features, knobs["latent"]], size)
        self.networks = OnlineAndTarget(online)
        queue = torch.randn(knobs["queue"], online.outputs)
        # Keys of past batches, the oldest first.
        self.register_buffer("queue", functional.normalize(queue))

    def loss(self, views, at):
        q = gather(self.networks.online(views[0]))
        with torch.no_grad():
            k = functional.normalize(gather(self.networks.target(views[1])))
        # lightly's memory is a ring that the batch must fit into; the queue here need not be a multiple.
        nt_xent = NTXentLoss(self.knobs["temperature"], memory_bank_size=tuple(self.queue.shape))
        nt_xent.memory_bank.bank = self.queue.clone()
        loss = nt_xent.to(q.device)(q, k)
        self.queue = torch.cat([self.queue, k])[len(k) :]
        return loss

    def after_step(self, at):
        self.networks.update(self.knobs["average"], self.knobs["momentum"])
