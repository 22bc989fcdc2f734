"""CPC: from the patches above, tell the patches below from those of all images."""

import torch
from lightly.utils import dist
from torch import nn
from torch.nn import functional

from network import Base, Encoder, gather, part


class Block(nn.Module):
    """What it adds to a place of a grid comes from its row and the row above."""

    def __init__(self, c):
        super().__init__()
        inside = (c + 1) // 2
        self.inner = nn.Linear(c, inside)
        self.across = nn.Linear(3 * inside, inside)
        self.down = nn.Linear(2 * inside, inside)
        self.outer = nn.Linear(inside, c)

    def forward(self, x):
        """x: [n, rows, columns, c]."""
        inner = self.inner(x).relu()
        left = functional.pad(inner, (0, 0, 1, 0))[:, :, :-1]
        right = functional.pad(inner, (0, 0, 0, 1))[:, :, 1:]
        across = self.across(torch.cat([left, inner, right], 3))
        above = functional.pad(across, (0, 0, 0, 0, 1, 0))[:, :-1]
        return x + self.outer(self.down(torch.cat([above, across], 3)).relu())


class Context(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.blocks = nn.Sequential(Block(c), Block(c), Block(c))

    def forward(self, x):
        return self.blocks(x).relu()


def patches(images, grid):
    """Images cut into grid x grid patches that overlap by half: [n, grid, grid, 3, p, p]."""
    side = images.shape[2]
    tile = side // (grid + 1)
    start = (side - tile * (grid + 1)) // 2
    cut = images[:, :, start:, start:][:, :, : tile * (grid + 1), : tile * (grid + 1)]
    return cut.unfold(2, 2 * tile, tile).unfold(3, 2 * tile, tile).permute(0, 2, 3, 1, 4, 5)


class Method(Base):
    @staticmethod
    def views(knobs, base):
        return [base]

    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        c, d = size.features, knobs["latent"]
        self.encoder = Encoder(size.width, size.norm)
        self.context = Context(c)
        self.candidates = nn.Linear(c, d)
        self.predictors = nn.ModuleList(nn.Linear(c, d, bias=False) for _ in range(3))

    def loss(self, views, at):
        grid = self.knobs["grid"]
        cut = patches(views[0], grid)
        n, shape = len(cut), cut.shape[-3:]
        flat = self.without_colour(cut.reshape(n, grid * grid, *shape), at.draws)
        latents = self.encoder(flat.flatten(0, 1))[1].view(n, grid, grid, -1)
        context = self.context(latents)
        targets = gather(self.candidates(latents))
        places = torch.arange(targets.shape[:3].numel(), device=targets.device)
        places = places.view(targets.shape[:3])
        last = min(self.knobs["last"], grid - 1)
        loss = 0.0
        for k in range(min(self.knobs["first"], last), last + 1):
            predicted = gather(self.predictors[k - 1](context[:, : grid - k]))
            logits = self.knobs["scale"] * predicted.flatten(0, 2) @ targets.flatten(0, 2).T
            loss = loss + functional.cross_entropy(logits, places[:, k:].flatten())
        return loss

    def without_colour(self, cut, draws):
        """Some patches of [n, g, 3, p, p] with all channels replaced by one of them."""
        count = cut.shape[:2].numel() * dist.world_size()
        drop = draws.chance(self.knobs["drop"], count)
        kept = draws.below(3, count)
        channels = torch.where(drop[:, None], kept[:, None], torch.arange(3))
        channels = part(channels).to(cut.device).view(*cut.shape[:2], 3, 1, 1)
        return cut.gather(2, channels.expand_as(cut))
