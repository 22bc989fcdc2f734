"""Deep InfoMax: a summary of an image must know the image's parts, and fill a given space evenly."""

import copy
from math import log

import torch
from torch.nn.functional import softplus

from network import Base, Encoder, Mlp, gather


def information(query, places, bound):
    """Minus a lower bound on what queries [n, d] tell of places [n, l, d]."""
    n, l, _ = places.shape
    logits = torch.einsum("id,jld->ijl", query, places)
    own = torch.eye(n, dtype=torch.bool, device=logits.device)
    if bound == "jsd":
        positive = log(2) - softplus(-logits[own])
        negative = softplus(logits[~own]) - log(2)
        return negative.mean() - positive.mean()
    # The other places of an image are left out.
    others = logits.masked_fill(own[:, :, None], -torch.inf).flatten(1).logsumexp(1)
    return softplus(others[:, None] - logits[own]).mean()


class Method(Base):
    @staticmethod
    def views(knobs, base):
        return [base] * knobs["views"]

    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        c, d = size.features, knobs["latent"]
        self.encoder = Encoder(size.width, size.norm)
        self.projector = Mlp([c, c, d], size.norm)
        self.query = Mlp([d, c, d], size.norm)
        self.local = Mlp([c, c, d], size.norm)
        self.add_module("global", Mlp([c, c, d], size.norm))
        self.discriminator = Mlp([d, 4 * d, d, 1], size.norm)

    def loss(self, views, at):
        z, whole, places = [], [], []
        for view in views:
            last, h = self.encoder(view)
            whole.append(getattr(self, "global")(h)[:, None])
            z.append(self.projector(h))
            places.append(self.local.at_each_place(last))
        bound, terms = self.knobs["bound"], []
        for v in range(len(views)):
            # With one view, the same.
            other = (v + 1) % len(views)
            query = gather(self.query(z[v]))
            known = self.knobs["global"] * information(query, gather(whole[other]), bound)
            known = known + self.knobs["local"] * information(query, gather(places[other]), bound)
            terms.append(known / len(views))
        codes = torch.cat([gather(z) for z in z]).sigmoid()
        prior = at.draws.uniform(*codes.shape).to(codes.device)
        # The encoder plays against the discriminator as it stands, which learns nothing from that.
        fixed = copy.deepcopy(self.discriminator).requires_grad_(False)
        match = softplus(-fixed(torch.cat([prior, codes]))[len(prior) :]).mean()
        logits = self.discriminator(torch.cat([prior, codes.detach()]))
        drawn, made = logits.chunk(2)
        discrimination = softplus(-drawn).mean() + softplus(made).mean()
        return sum(terms) + self.knobs["prior"] * match + discrimination
