"""SwAV: sort images evenly into clusters, and guess the cluster of one view from another."""

import torch
from lightly.loss import SwaVLoss
from torch import nn
from torch.nn import functional

from network import Base, Branch, gather


class Method(Base):
    @staticmethod
    def views(knobs, base):
        crop = base["augment"]["crop"]
        small_crop = {
            **crop,
            "probability": 1.0,
            "minArea": crop["minArea"] * 0.05 / 0.14,
            "maxArea": crop["minArea"],
        }
        augment = {**base["augment"], "crop": small_crop}
        small = {"size": max(base["size"] // 2, 8), "augment": augment}
        return [base, base] + [small] * knobs["smallViews"]

    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        widths = [2 * size.features, knobs["latent"]]
        self.branch = Branch(knobs["projector"], widths, size)
        d = self.branch.outputs
        prototypes = functional.normalize(torch.randn(knobs["prototypes"], d))
        self.prototypes = nn.Parameter(prototypes)
        # z of past batches for each of the two large views, the newest first.
        queues = 2 if knobs["queue"] else 0
        zeros = [torch.zeros(knobs["queue"], d) for _ in range(queues)]
        self.queue = nn.ParameterList(nn.Parameter(z, requires_grad=False) for z in zeros)

    def loss(self, views, at):
        # Views of one size pass through the encoder together, all through the projector.
        large, small = torch.cat(views[:2]), views[2:]
        h = [self.branch.encoder(large)[1]]
        if small:
            h.append(self.branch.encoder(torch.cat(small))[1])
        z = self.branch.projector(torch.cat(h))
        z = [functional.normalize(gather(z)) for z in z.chunk(len(views))]
        n = len(z[0])
        frozen = at.step < self.knobs["frozen"]
        prototypes = self.prototypes.detach() if frozen else self.prototypes
        scores = [z @ prototypes.T for z in z]
        queued = None
        # The queue counts once it is full.
        if self.knobs["queue"] and at.step * n >= self.knobs["queue"]:
            queued = [(queue @ prototypes.T).detach() for queue in self.queue]
        for queue, newest in zip(self.queue, z):
            queue.data = torch.cat([newest.detach(), queue.data])[: len(queue)]
        epsilon, rounds = self.knobs["epsilon"], self.knobs["rounds"]
        # lightly's exponentials of 1 / epsilon leave the range of 32 bits below that.
        if rounds > 0 and epsilon >= 0.02:
            swav = SwaVLoss(self.knobs["temperature"], rounds, epsilon)
            return swav(scores[:2], scores[2:], queued).sum()
        codes = [self.codes(scores[s], queued and queued[s]) for s in (0, 1)]
        log_p = [(s / self.knobs["temperature"]).log_softmax(1) for s in scores]
        pairs = [(c, p) for i, c in enumerate(codes) for j, p in enumerate(log_p) if i != j]
        return -sum((code * log_p).sum(1).mean() for code, log_p in pairs) / len(pairs)

    @torch.no_grad()
    def codes(self, scores, queued):
        """Sinkhorn's algorithm with logarithms."""
        q = scores if queued is None else torch.cat([scores, queued])
        q = q / self.knobs["epsilon"]
        for _ in range(self.knobs["rounds"]):
            q = q.log_softmax(0).log_softmax(1)
        return q.softmax(1)[: len(scores)]

    @torch.no_grad()
    def after_step(self, at):
        self.prototypes.copy_(functional.normalize(self.prototypes))
