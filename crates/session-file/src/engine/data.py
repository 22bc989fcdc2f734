"""Images, their views, and the order in which a run meets them.

All draws are keyed by seed, step and image, so they do not depend on the number of processes.
"""

from pathlib import Path

import numpy
import torch
from lightly.utils import dist
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import functional

from checkpoint import Refused

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
ORDER, VIEWS, LOSS = range(3)


def key(*parts):
    """One number of several."""
    return int(numpy.random.SeedSequence(parts).generate_state(1, numpy.uint64)[0]) >> 1


class Draws:
    """What a loss draws at a step."""

    def __init__(self, seed, step):
        self.generator = torch.Generator().manual_seed(key(seed, LOSS, step))

    def order(self, n):
        return torch.randperm(n, generator=self.generator)

    def below(self, bound, count):
        return torch.randint(bound, (count,), generator=self.generator)

    def chance(self, probability, count):
        return self.uniform(count) < probability

    def uniform(self, *shape):
        return torch.rand(shape, generator=self.generator)


class View:
    """How a view is made of an image [3, h, w], values 0 to 1: torchvision's steps, in this order."""

    def __init__(self, view):
        size, augment = view["size"], view["augment"]
        crop, jitter, blur = augment["crop"], augment["jitter"], augment["blur"]
        self.size, self.often = size, crop["probability"]
        self.crop = transforms.RandomResizedCrop(
            size,
            (crop["minArea"], crop["maxArea"]),
            (1 / crop["maxAspect"], crop["maxAspect"]),
            antialias=True,
        )
        strengths = [jitter[k] for k in ("brightness", "contrast", "saturation", "hue")]
        sigmas = (blur["minSigma"], blur["maxSigma"])
        gaussian = transforms.GaussianBlur(max(size // 20 * 2 + 1, 3), sigmas)
        solarise = augment["solarise"]
        self.rest = transforms.Compose(
            [
                transforms.RandomHorizontalFlip(augment["flip"]["probability"]),
                transforms.RandomApply([transforms.ColorJitter(*strengths)], jitter["probability"]),
                transforms.RandomGrayscale(augment["grey"]["probability"]),
                transforms.RandomApply([gaussian], blur["probability"]),
                transforms.RandomSolarize(solarise["threshold"], solarise["probability"]),
            ]
        )

    def __call__(self, image):
        if torch.rand(()) < self.often:
            return self.rest(self.crop(image))
        return self.rest(functional.resize(image, [self.size] * 2, antialias=True))


class Squares(torch.utils.data.Dataset):
    """Views of images: of a folder, each cut to its middle square, or of a squares.npy."""

    def __init__(self, source, size, seed, views):
        self.size, self.seed = size, seed
        self.views = [View(view) for view in views]
        if Path(source).suffix == ".npy":
            try:
                self.images = numpy.load(source, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise Refused(f"cannot read {source}: {error}") from error
        else:
            files = Path(source).rglob("*")
            self.images = sorted(file for file in files if file.suffix.lower() in SUFFIXES)

    def __len__(self):
        return len(self.images)

    def square(self, index):
        image = self.images[index]
        if isinstance(image, Path):
            try:
                image = ImageOps.exif_transpose(Image.open(image)).convert("RGBA")
            except OSError as error:
                raise Refused(f"cannot read {image}: {error}") from error
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = ImageOps.fit(image.convert("RGB"), (self.size, self.size), Image.BILINEAR)
        image = torch.from_numpy(numpy.array(image)).permute(2, 0, 1)
        return image.float() / 255

    def __getitem__(self, at):
        step, index = at
        image = self.square(index)
        views = []
        for number, view in enumerate(self.views):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(key(self.seed, VIEWS, step, index, number))
                views.append(view(image))
        return views


class Batches:
    """The batches of a run from step `start` on, of which each process has its part.

    Batches are full. What is left over at the end of an epoch is not used if it is at most a tenth of
    the images; else there is one step more, which goes back to images that the epoch has met.
    """

    def __init__(self, images, train, seed):
        self.images, self.seed = images, seed
        self.batch = min(train["batch"], images)
        left = images % self.batch
        self.per_epoch = images // self.batch + (left * 10 > images)
        self.total = self.end = self.per_epoch * train["epochs"]
        self.start = 0

    def __len__(self):
        return self.end - self.start

    def __iter__(self):
        size = self.batch // dist.world_size()
        for step in range(self.start, self.end):
            epoch, within = divmod(step, self.per_epoch)
            order = numpy.random.default_rng(key(self.seed, ORDER, epoch)).permutation(self.images)
            first = min(within * self.batch, self.images - self.batch) + dist.rank() * size
            yield [(step, int(image)) for image in order[first : first + size]]
