"""Makes the files of this folder; see README.md.

python3 -m pip install pillow==13.0.0
python3 make.py photo-patches.zip
"""

import io
import random
import struct
import sys
import zipfile
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 180, 60), (40, 70, 210), (230, 200, 40)
MARGIN = (255, 0, 255)


def quadrants():
    """Red, green / blue, yellow in the middle square of 48 x 32; margins that must be cut off."""
    image = Image.new("RGB", (48, 32), MARGIN)
    for index, colour in enumerate((RED, GREEN, BLUE, YELLOW)):
        image.paste(colour, (8 + index % 2 * 16, index // 2 * 16, 24 + index % 2 * 16, 16 + index // 2 * 16))
    return image


def png(width, height, depth, kind, data):
    """A PNG by hand, for what Pillow does not write."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def made():
    image = quadrants()
    image.save(HERE / "quadrants.png")
    image.save(HERE / "quadrants.bmp")
    image.save(HERE / "quadrants.tif", compression="tiff_lzw")
    image.save(HERE / "quadrants.jpg", quality=95, subsampling=0)
    image.save(HERE / "progressive.jpg", quality=95, subsampling=0, progressive=True)
    image.convert("CMYK").save(HERE / "cmyk.jpg", quality=95)
    image.save(HERE / "quadrants.webp", quality=95)
    image.save(HERE / "lossless.webp", lossless=True)
    image.quantize(8).save(HERE / "palette.png")
    image.convert("L").save(HERE / "grey.png")
    second = Image.new("RGB", (48, 32), "black")
    image.save(HERE / "animated.gif", save_all=True, append_images=[second], duration=100)

    # A camera held sideways: stored lying, and a remark to turn it a quarter clockwise.
    exif = Image.Exif()
    exif[0x0112] = 6
    image.transpose(Image.Transpose.ROTATE_90).save(HERE / "turned.jpg", quality=95, subsampling=0, exif=exif)

    # The lower half is transparent, over hidden black.
    clear = image.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 16, 48, 32))
    clear.save(HERE / "transparent.png")

    # Sixteen bits: each value 257 times that of eight bits.
    rows = []
    for y in range(32):
        values = [value * 257 for x in range(48) for value in image.getpixel((x, y))]
        rows.append(b"\0" + struct.pack(f">{len(values)}H", *values))
    (HERE / "sixteen-bit.png").write_bytes(png(48, 32, 16, 2, b"".join(rows)))

    (HERE / "cut-short.webp").write_bytes((HERE / "quadrants.webp").read_bytes()[:-60])
    (HERE / "notes.png").write_text("These are notes, not a picture.\n")
    (HERE / "empty.png").write_bytes(b"")
    (HERE / "huge.png").write_bytes(png(60000, 60000, 8, 2, bytes(1000)))


def photographs(path):
    """Twelve patches each of three photographs, half of them PNG and half JPEG."""
    archive = zipfile.ZipFile(path)
    for label in ("cat", "coffee", "rocket"):
        names = sorted(name for name in archive.namelist() if f"/{label}/" in name and name.endswith(".png"))
        folder = HERE / "drop" / label
        folder.mkdir(parents=True, exist_ok=True)
        for index, name in enumerate(random.Random(label).sample(names, 12)):
            image = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
            if index % 2:
                image.save(folder / f"{label}-{index + 1}.jpg", quality=90)
            else:
                image.save(folder / f"{label}-{index + 1}.png")
    whole = (HERE / "drop/coffee/coffee-2.jpg").read_bytes()
    (HERE / "cut-short.jpg").write_bytes(whole[: len(whole) * 9 // 10])


made()
photographs(sys.argv[1])
