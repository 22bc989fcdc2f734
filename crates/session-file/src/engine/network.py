"""Encoder and heads. Fields are named as they are in the .safetensors file."""

import copy

import torch
from lightly.models.utils import update_momentum
from lightly.utils import dist
from torch import nn
from torch.distributed import nn as dist_nn
from torch.nn import functional


def gather(x):
    """x of the whole batch, of which each process has a part; gradients find their way back.

    Every process so has the loss of the whole batch, and the mean of their gradients is its gradient.
    """
    return torch.cat(dist.gather(x)) if dist.world_size() > 1 else x


def part(x):
    """This process's part of x, which is of the whole batch."""
    return x.chunk(dist.world_size())[dist.rank()]


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm over the whole batch, whichever processes have its parts.

    SyncBatchNorm takes no tensors on the CPU; on GPUs Lightning puts it in the place of this.
    """

    def __init__(self, channels):
        super().__init__(channels)
        self.num_batches_tracked = None

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims = [0, *range(2, x.dim())]
        count = x.numel() // x.shape[1] * dist.world_size()
        keep = 1 - self.momentum
        if dist.world_size() == 1:
            mean, variance = self.running_mean.clone(), self.running_var.clone()
            affine = self.weight, self.bias
            y = functional.batch_norm(x, mean, variance, *affine, True, self.momentum, self.eps)
            self.running_mean.copy_(mean)
            # torch divides the variance that it keeps by count - 1, Twoviews by count.
            fresh = variance - keep * self.running_var
            self.running_var.mul_(keep).add_(fresh * (count - 1) / count)
            return y
        shape = [1, -1] + [1] * (x.dim() - 2)
        mean = dist_nn.all_reduce(x.sum(dims)) / count
        centred = x - mean.view(shape)
        variance = dist_nn.all_reduce(centred.square().sum(dims)) / count
        self.running_mean.mul_(keep).add_(mean.detach(), alpha=self.momentum)
        self.running_var.mul_(keep).add_(variance.detach(), alpha=self.momentum)
        scale = self.weight / (variance + self.eps).sqrt()
        return centred * scale.view(shape) + self.bias.view(shape)


class Activation(nn.Module):
    """Batch norm, or where that is off a shift, and ReLU."""

    def __init__(self, channels, norm):
        super().__init__()
        if norm:
            self.norm = BatchNorm(channels)
        else:
            self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        if hasattr(self, "norm"):
            return self.norm(x).relu()
        return (x + self.shift.view([1, -1] + [1] * (x.dim() - 2))).relu()


class Stage(nn.Module):
    def __init__(self, inputs, outputs, stride, norm):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.activation = Activation(outputs, norm)

    def forward(self, x):
        return self.activation(self.conv(x))


class Encoder(nn.Module):
    """Images [n, 3, h, w], values 0 to 1, to the last map [n, c, h/8, w/8] and its mean, h [n, c]."""

    def __init__(self, width, norm):
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 8 * width]
        pairs = zip(widths, widths[1:], [1, 2, 2, 2])
        self.stages = nn.Sequential(*(Stage(*pair, norm) for pair in pairs))

    def forward(self, images):
        places = self.stages((images - 0.5) / 0.25)
        return places, places.mean((2, 3))


class Hidden(nn.Module):
    def __init__(self, inputs, outputs, norm):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)
        self.activation = Activation(outputs, norm)

    def forward(self, x):
        return self.activation(self.linear(x))


class Mlp(nn.Module):
    """Linear layers of these widths, with batch norm and ReLU between them."""

    def __init__(self, widths, norm, output_norm=False):
        super().__init__()
        pairs = zip(widths, widths[1:-1])
        self.hidden = nn.Sequential(*(Hidden(*pair, norm) for pair in pairs))
        self.last = nn.Linear(widths[-2], widths[-1], bias=not output_norm)
        if output_norm:
            # Without gain and shift of its own.
            self.norm = BatchNorm(widths[-1]).requires_grad_(False)

    def forward(self, x):
        z = self.last(self.hidden(x))
        return self.norm(z) if hasattr(self, "norm") else z

    def at_each_place(self, places):
        """Of a map [n, c, h, w], row after row: [n, h * w, d]."""
        n, c, h, w = places.shape
        return self(places.permute(0, 2, 3, 1).reshape(n * h * w, c)).view(n, h * w, -1)


class Projector(nn.Module):
    def __init__(self, kind, widths, norm, output_norm):
        super().__init__()
        if kind != "none":
            widths = [widths[0], widths[-1]] if kind == "linear" else widths
            self.mlp = Mlp(widths, norm, output_norm)

    def forward(self, h):
        return self.mlp(h) if hasattr(self, "mlp") else h


class Branch(nn.Module):
    """Encoder and projector: images to z."""

    def __init__(self, kind, widths, size, output_norm=False):
        super().__init__()
        self.encoder = Encoder(size.width, size.norm)
        widths = [size.features, *widths]
        self.projector = Projector(kind, widths, size.norm, output_norm)
        self.outputs = widths[0] if kind == "none" else widths[-1]

    def forward(self, images):
        return self.projector(self.encoder(images)[1])


class OnlineAndTarget(nn.Module):
    """A branch that learns, and the slow copy of it that takes no gradient."""

    def __init__(self, online):
        super().__init__()
        self.online = online
        self.target = copy.deepcopy(online).requires_grad_(False)

    def update(self, average, momentum):
        update_momentum(self.online, self.target, momentum if average else 0.0)


class Size:
    """Of an encoder and its heads."""

    def __init__(self, settings):
        self.width, self.norm = settings["width"], settings["norm"]
        self.features = 8 * self.width


class Base(nn.Module):
    """What methods have in common."""

    @staticmethod
    def views(knobs, base):
        """The views of each image that a step compares."""
        return [base, base]

    def group(self, name):
        """How the optimiser treats a parameter, where that is not as usual."""
        return {}

    def after_step(self, at):
        """Runs after the optimiser has moved the parameters."""
