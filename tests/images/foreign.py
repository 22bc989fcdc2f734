"""Makes the pictures of this folder that our decoders leave to the browser; see README.md.

python3 -m pip install pillow==13.0.0 pillow-heif==1.8.1
python3 foreign.py
"""

from pathlib import Path

import pillow_heif
from PIL import Image

HERE = Path(__file__).parent
RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 180, 60), (40, 70, 210), (230, 200, 40)
MARGIN = (255, 0, 255)


def quadrants():
    """As in make.py."""
    image = Image.new("RGBA", (48, 32), MARGIN)
    for index, colour in enumerate((RED, GREEN, BLUE, YELLOW)):
        image.paste(colour, (8 + index % 2 * 16, index // 2 * 16, 24 + index % 2 * 16, 16 + index // 2 * 16))
    return image


image = quadrants()
image.convert("RGB").save(HERE / "quadrants.avif", quality=95, subsampling="4:4:4")
# An icon is a square, and may be there in several sizes.
image.crop((8, 0, 40, 32)).save(HERE / "quadrants.ico", sizes=[(16, 16), (32, 32)])
pillow_heif.from_pillow(image.convert("RGB")).save(HERE / "quadrants.heic", quality=90)

# The lower half is clear, over hidden black.
image.paste((0, 0, 0, 0), (0, 16, 48, 32))
image.save(HERE / "transparent.avif", quality=100, subsampling="4:4:4")
