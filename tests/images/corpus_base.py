"""The picture that the corpus holds in every form, and what is common to its parts."""

import io

import numpy as np
from PIL import Image, ImageCms

# The middle square is 24 x 24; nothing is lost to another size.
WIDTH, HEIGHT = 36, 24
_y, _x = np.mgrid[0:HEIGHT, 0:WIDTH]

# Smooth, so that halved colour loses little; and no turn of it is like another.
PLAIN = np.stack([20 + _x * 6, 30 + _y * 8, 235 - _x * 3 - _y * 4], -1).astype(np.uint8)
GREY = (PLAIN @ [0.299, 0.587, 0.114]).round().astype(np.uint8)
# Opaque above, fading below, nothing at the end.
ALPHA = np.clip(255 - (_y - 8) * 17, 0, 255).astype(np.uint8)


def over_white(colour, alpha):
    """As `crates/images` does it: rounded once."""
    colour, alpha = colour.astype(int), alpha.astype(int)
    if colour.ndim == 3:
        alpha = alpha[..., None]
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def save(array, kind, mode=None, **options):
    """A file's bytes by Pillow."""
    out = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array, mode)
    image.save(out, kind, **options)
    return out.getvalue()


def indexed(colours):
    """The picture in so few colours, as Pillow's palette image."""
    return Image.fromarray(PLAIN).quantize(colours, method=Image.Quantize.MEDIANCUT, dither=0)


def packed(values, bits):
    """Rows of values of a few bits each, filled up to whole bytes."""
    rows = []
    for row in values:
        text = "".join(format(int(value), f"0{bits}b") for value in row.ravel())
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return b"".join(rows)


# How a picture has to be stored so that each orientation of EXIF turns it upright.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


def exif(orientation):
    remark = Image.Exif()
    remark[0x0112] = orientation
    return remark


def profile():
    """A colour profile in which red and green have changed places: whether it is heeded is seen at once."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # When it was made, and its sum, which nobody checks.
    data[24:36], data[84:100] = bytes(12), bytes(16)
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)
