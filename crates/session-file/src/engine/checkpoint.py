"""The .safetensors files of Twoviews: weights, what the optimiser remembers, and the run's settings."""

import json
import zlib

import torch
from safetensors import safe_open
from safetensors.torch import save_file

VERSION = 2


class Refused(Exception):
    """A sentence for whoever runs this."""


def load(path):
    """The metadata of a file and its tensors by name."""
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("twoviews", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except Exception as error:
        raise Refused(f"cannot read {path}: {error}") from error
    if about is None:
        raise Refused(f"cannot read {path}: it is not of a run of Twoviews")
    if about["version"] > VERSION:
        raise Refused(f"cannot read {path}: it is of a later version of Twoviews")
    return about, tensors


def fill(model, tensors, path):
    """Has the model take up weights; names the first tensor that differs."""
    weights = {n: t for n, t in tensors.items() if not n.startswith("optimizer.")}
    places = model.state_dict()
    for name in sorted(weights.keys() | places.keys()):
        here, there = [list(t[name].shape) if name in t else None for t in (places, weights)]
        if here != there:
            how = f"is {there} there, and {here} here"
            if not there:
                how = "is missing there"
            elif not here:
                how = "has no place here"
            raise Refused(f"{path} is of another network: {name} {how}")
    for name, place in places.items():
        place.copy_(weights[name])


def save(path, model, optimizer_tensors, about):
    """Writes what `twoviews embed`, `score` and `train --resume` and the page open."""
    tensors = {**model.state_dict(), **optimizer_tensors}
    tensors = {n: t.detach().float().cpu().contiguous().clone() for n, t in tensors.items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise Refused(f"{name} is no number any more: lower the learning rate and start again")
    # The checksum is of this entry, with zeros in its place, and of all bytes in the order of names.
    about = {**about, "version": VERSION, "checksum": "00000000"}
    entry = json.dumps(about, separators=(",", ":"), ensure_ascii=False)
    checksum = zlib.crc32(entry.encode())
    for name in sorted(tensors):
        checksum = zlib.crc32(tensors[name].numpy().tobytes(), checksum)
    entry = entry.replace('"checksum":"00000000"', f'"checksum":"{checksum:08x}"')
    save_file(tensors, path, {"twoviews": entry})
