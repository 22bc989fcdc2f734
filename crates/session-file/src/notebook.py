# %% [markdown]
# # A session of Twoviews
#
# Run the cells from the folder that this file lies in. Charts need `matplotlib`, weights `safetensors`;
# everything else needs `numpy` alone.

# %%
import csv
import json
from pathlib import Path

import numpy as np

runs = sorted(path.parent for path in Path("runs").glob("*/run.json"))
run = runs[0]  # Another one: another number.
about = json.loads((run / "run.json").read_text())
print("runs:", ", ".join(path.name for path in runs))
print(run.name, "is", about["settings"]["method"], "with seed", about["settings"]["seed"])

# %% [markdown]
# ## Images, representations, embeddings
#
# A row an image, in the same order everywhere.

# %%
rows = []
if (run / "embeddings.csv").exists():
    with open(run / "embeddings.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file)]
folders = sorted(Path(".").glob("images*"))
names = [row[0] for row in rows[1:]]
h = np.load(run / "h.npy") if rows else None  # [n, width of h]
z = np.load(run / "z.npy") if rows else None  # [n, width of z]


def squares_of(names):
    """The images of these names, [n, size, size, 3], and their labels."""
    for folder in folders:
        with open(folder / "images.csv", newline="", encoding="utf-8") as file:
            table = list(csv.reader(file))
        if [row[0] for row in table[1:]] == names:
            labels = [row[1] for row in table[1:]] if len(table[0]) > 1 else None
            return np.load(folder / "squares.npy"), labels
    return None, None


squares, labels = squares_of(names)
if rows:
    print("h", h.shape, "z", z.shape, "images", squares.shape)

# %% [markdown]
# ## Did it learn?
#
# The label of the nearest other image by cosine, for h, z and raw pixels. It is a quick look: the page
# cross-validates, keeps copies together and compares with the network before training (`readings.csv`).


# %%
def nearest(vectors, labels):
    """The part of the images whose nearest neighbour has their label."""
    x = np.asarray(vectors, dtype=np.float64).reshape(len(vectors), -1)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    right = 0
    for at in range(0, len(x), 512):
        cosine = x[at : at + 512] @ x.T
        cosine[np.arange(len(cosine)), np.arange(at, at + len(cosine))] = -np.inf
        right += int((labels[cosine.argmax(1)] == labels[at : at + 512]).sum())
    return right / len(x)


if labels is not None:
    known = np.array(labels)
    _, counts = np.unique(known, return_counts=True)
    for of, vectors in [("h", h), ("z", z), ("pixels", squares)]:
        print(f"1-NN of {of}: {nearest(vectors, known):.1%}")
    print(f"chance, the largest class: {counts.max() / counts.sum():.1%}")

# %% [markdown]
# ## Curves


# %%
def table(path):
    """The columns of a table of numbers, by their names."""
    with open(path, newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    columns = zip(*rows) if rows else [()] * len(head)
    number = lambda text: float(text) if text else float("nan")
    return {name: np.array([number(x) for x in column]) for name, column in zip(head, columns)}


loss = table(run / "loss.csv")
if len(loss["step"]):
    print("loss of the first and the last point:", loss["total"][0], loss["total"][-1])
try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None
if plt:
    for name, column in loss.items():
        if name != "step":
            plt.plot(loss["step"], column, label=name)
    plt.xlabel("step")
    plt.legend()
    plt.show()

# %% [markdown]
# ## Weights
#
# By PyTorch's names and layouts. The page on PyTorch in the documentation builds the encoder and loads them.

# %%
weights = {}
try:
    from safetensors.numpy import load_file
except ImportError:
    load_file = None
if load_file and (run / "checkpoint.safetensors").exists():
    weights = load_file(run / "checkpoint.safetensors")
    for name, tensor in weights.items():
        if not name.startswith("optimizer."):
            print(name, tensor.shape)
