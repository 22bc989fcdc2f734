"""AMDIM: parts of one view, at several scales, must recognise the other view of their image."""

import torch
from torch.nn.functional import avg_pool2d, softplus

from network import Base, Encoder, Mlp, gather


def compare(source, places, clip):
    """InfoNCE of sources [n, d] with the places [n, l, d] of the other view, and the mean squared score."""
    n, _, d = places.shape
    scores = torch.einsum("id,jld->ijl", source, places) / d**0.5
    clipped = torch.tanh(scores / clip) * clip
    own = torch.eye(n, dtype=torch.bool, device=scores.device)
    # The other places of an image are left out.
    others = clipped.masked_fill(own[:, :, None], -torch.inf).flatten(1).logsumexp(1)
    return softplus(others[:, None] - clipped[own]).mean(), scores.square().mean()


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        c, d = size.features, knobs["latent"]
        self.encoder = Encoder(size.width, size.norm)
        self.one, self.mid, self.big = [Mlp([c, c, d], size.norm) for _ in range(3)]

    def scales(self, view):
        """A view at three scales: the whole, the means of 2 x 2 places, and the places of the last map."""
        last, h = self.encoder(view)
        mid = self.mid.at_each_place(avg_pool2d(last, 2, stride=1))
        return gather(self.one(h)), gather(mid), gather(self.big.at_each_place(last))

    def loss(self, views, at):
        (one_a, mid_a, big_a), (one_b, mid_b, big_b) = [self.scales(view) for view in views]
        n, places, _ = mid_a.shape
        images = torch.arange(n)
        from_a, from_b = [mid[images, at.draws.below(places, n)] for mid in (mid_a, mid_b)]
        comparisons = {
            "oneToMid": [(one_a, mid_b), (one_b, mid_a)],
            "oneToBig": [(one_a, big_b), (one_b, big_a)],
            "midToMid": [(from_a, mid_b), (from_b, mid_a)],
        }
        loss = 0.0
        for knob, directions in comparisons.items():
            for source, places in directions:
                nce, squares = compare(source, places, self.knobs["clip"])
                # One that is off is regularised all the same.
                loss = loss + (self.knobs[knob] * nce + self.knobs["regulariser"] * squares) / 2
        return loss
