"""PyTorch, on as many threads as OMP_NUM_THREADS says: the workload of page/workload.mjs, which says what it is.

Reads where to start from a file in the format of page/tensors.mjs; then makes one step for each
line of its input, and tells time and loss of each as a line of JSON.
"""

import json
import os
import struct
import sys
import time

import torch
from torch import nn
from torch.nn import functional

TEMPERATURE, RATE, MOMENTUM = 0.5, 0.05, 0.9
CHANNELS = [3, 32, 64, 128, 256]
STRIDES = [1, 2, 2, 2]


def tensors(path):
    """All tensors of the file by name, laid flat."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        numbers = file.read()
    header.pop("__metadata__", None)
    places = {name: about["data_offsets"] for name, about in header.items()}
    return {
        name: torch.frombuffer(bytearray(numbers[start:end]), dtype=torch.float32)
        for name, (start, end) in places.items()
    }


class Network(nn.Module):
    """Encoder and projector."""

    def __init__(self):
        super().__init__()
        pairs = list(zip(CHANNELS, CHANNELS[1:]))
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride, 1, bias=False)
            for (a, b), stride in zip(pairs, STRIDES)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b in pairs)
        self.inner = nn.Linear(256, 256, bias=False)
        self.norm = nn.BatchNorm1d(256)
        self.outer = nn.Linear(256, 128)

    def take(self, given):
        """Starts from our weights."""
        hidden = "branch.projector.mlp.hidden.0.linear.weight"
        last = "branch.projector.mlp.last"
        with torch.no_grad():
            for i, conv in enumerate(self.convs):
                weight = given[f"branch.encoder.stages.{i}.conv.weight"]
                conv.weight.copy_(weight.view_as(conv.weight))
            self.inner.weight.copy_(given[hidden].view(256, 256))
            self.outer.weight.copy_(given[f"{last}.weight"].view(128, 256))
            self.outer.bias.copy_(given[f"{last}.bias"])

    def forward(self, view):
        x = (view - 0.5) / 0.25
        for conv, norm in zip(self.convs, self.norms):
            x = functional.relu(norm(conv(x)))
        h = x.mean((2, 3))
        return self.outer(functional.relu(self.norm(self.inner(h))))


def nt_xent(z):
    count = z.shape[0]
    unit = functional.normalize(z, dim=1)
    itself = torch.eye(count, dtype=torch.bool)
    scores = (unit @ unit.T / TEMPERATURE).masked_fill(itself, -1e9)
    return functional.cross_entropy(scores, torch.arange(count).roll(count // 2))


def main():
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    given = tensors(sys.argv[1])
    network = Network()
    network.take(given)
    network = network.to(memory_format=torch.channels_last)
    views = given["views"].view(2, -1, 3, 32, 32)
    views = [view.contiguous(memory_format=torch.channels_last) for view in views]
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM)
    print(json.dumps({"version": torch.__version__}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = nt_xent(torch.cat([network(view) for view in views]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        value = loss.item()
        took = (time.perf_counter() - start) * 1e3
        print(json.dumps({"ms": took, "loss": value}), flush=True)


main()
