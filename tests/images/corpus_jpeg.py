"""JPEG: every sampling, layout of scans, colour space and turn."""

import numpy as np
from PIL import Image

from corpus_base import GREY, PLAIN, STORED, exif, profile, save
from jpeg import encode, segment

SAMPLINGS = {
    "444": [(1, 1), (1, 1), (1, 1)],
    "422": [(2, 1), (1, 1), (1, 1)],
    "440": [(1, 2), (1, 1), (1, 1)],
    "420": [(2, 2), (1, 1), (1, 1)],
    "411": [(4, 1), (1, 1), (1, 1)],
    "410": [(4, 2), (1, 1), (1, 1)],
    # The same as 4:4:4 and 4:2:2, written as some cameras do.
    "444-twice": [(2, 2), (2, 2), (2, 2)],
    "422-twice": [(2, 2), (1, 2), (1, 2)],
    "uneven": [(2, 2), (2, 1), (1, 2)],
}
ADOBE = b"Adobe\0\x64\0\0\0\0"


def make(corpus):
    for name, sampling in SAMPLINGS.items():
        # Colour of a quarter of the width is blurred by some and not by others.
        within = 4.5 if name.startswith("41") else 2
        corpus.like(f"{name}.jpg", encode(PLAIN, sampling), within=within)
        corpus.like(f"{name}-restarts.jpg", encode(PLAIN, sampling, restart=2), within=within)
        corpus.like(f"{name}-one-scan-each.jpg", encode(PLAIN, sampling, [[0], [1], [2]]), within=within)
        corpus.like(f"{name}-two-scans.jpg", encode(PLAIN, sampling, [[0], [1, 2]]), within=within)
    corpus.like("one-scan-each-restarts.jpg", encode(PLAIN, SAMPLINGS["420"], [[0], [1], [2]], restart=3), within=2)
    corpus.like("scans-colour-first.jpg", encode(PLAIN, SAMPLINGS["420"], [[2], [1], [0]]), within=2)
    corpus.like("extended.jpg", encode(PLAIN, SAMPLINGS["420"], frame=0xC1), within=2)
    corpus.like("grey.jpg", encode(GREY[..., None], [(1, 1)]), "grey.png", 2)
    corpus.like("grey-twice.jpg", encode(GREY[..., None], [(2, 2)]), "grey.png", 2)
    adobe = segment(0xEE, ADOBE + b"\0")
    corpus.like("rgb-adobe.jpg", encode(PLAIN, SAMPLINGS["444"], ycc=False, extra=adobe), within=2)
    for odd in (33, 35):
        part = PLAIN[:23, :odd]
        corpus.like(f"odd-{odd}.png", save(part, "PNG"), f"odd-{odd}.png")
        for name in ("420", "422", "440", "444"):
            corpus.like(f"odd-{odd}-{name}.jpg", encode(part, SAMPLINGS[name]), f"odd-{odd}.png", 2)

    ink = np.dstack([255 - PLAIN, np.zeros_like(GREY)])
    # Adobe's programs store ink the other way round, and say so by their marker.
    for name, transform in (("cmyk", b"\0"), ("ycck", b"\2")):
        # The light that YCCK keeps is that of the ink itself.
        stored = 255 - ink if name == "cmyk" else np.dstack([ink[..., :3], 255 - ink[..., 3]])
        data = encode(stored, [(1, 1)] * 4, ycc=name == "ycck", extra=segment(0xEE, ADOBE + transform))
        corpus.like(f"{name}-adobe.jpg", data, within=2.5)
        halved = [(2, 2), (1, 1), (1, 1), (2, 2)]
        data = encode(stored, halved, ycc=name == "ycck", extra=segment(0xEE, ADOBE + transform))
        corpus.like(f"{name}-adobe-420.jpg", data, within=4)
    image = Image.fromarray(PLAIN)
    corpus.like("cmyk-pillow.jpg", save(image.convert("CMYK"), "JPEG", quality=95), within=2.5)

    corpus.like("no-end-cmyk.jpg", save(image.convert("CMYK"), "JPEG", quality=95)[:-2], within=2.5)
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        corpus.like(
            f"progressive-{name}.jpg",
            save(image, "JPEG", quality=95, subsampling=subsampling, progressive=True),
            within=2,
        )
    data = save(image, "JPEG", quality=95, progressive=True, restart_marker_blocks=2)
    corpus.like("progressive-restarts.jpg", data, within=2)
    corpus.like("progressive-grey.jpg", save(GREY, "JPEG", quality=95, progressive=True), "grey.png", 2)
    for orientation, stored in STORED.items():
        turned = np.ascontiguousarray(stored(PLAIN))
        data = save(turned, "JPEG", quality=95, subsampling=0, exif=exif(orientation))
        corpus.like(f"turned-{orientation}.jpg", data, within=2)
    data = save(image, "JPEG", quality=95, subsampling=0, icc_profile=profile())
    corpus.like("profile.jpg", data, within=2)

    whole = encode(PLAIN, SAMPLINGS["420"])
    corpus.like("tail.jpg", whole + b"more", within=2)
    corpus.like("no-end.jpg", whole[:-2], within=2)
    corpus.like("half-an-end.jpg", whole[:-1], within=2)
    corpus.like("no-end-one-scan-each.jpg", encode(PLAIN, SAMPLINGS["420"], [[0], [1], [2]], end=b""), within=2)
    progressive = save(image, "JPEG", quality=95, progressive=True)
    corpus.like("no-end-progressive.jpg", progressive[:-2], within=2)
    corpus.refused("cut-short.jpg", whole[:-20], "the JPEG file is cut short")
    last_scan = progressive.rindex(b"\xff\xda")
    # With an end, the last of the fine detail was left out on purpose.
    corpus.like("less-detail.jpg", progressive[:last_scan] + b"\xff\xd9", within=2)
    corpus.refused("cut-before-the-last-scan.jpg", progressive[:last_scan], "the JPEG file is cut short")
    corpus.refused("cut-and-closed.jpg", whole[:-40] + b"\xff\xd9", "the JPEG file is cut short")
    corpus.refused("a-scan-missing.jpg", encode(PLAIN, SAMPLINGS["420"], [[0], [1]]), "the JPEG file is cut short")

    def framed(marker):
        return encode(PLAIN, SAMPLINGS["444"], frame=marker)

    corpus.refused("arithmetic.jpg", framed(0xC9), "a kind of JPEG (arithmetic coding) that is not read")
    corpus.refused("lossless.jpg", framed(0xC3), "a kind of JPEG (lossless) that is not read")
    deep = framed(0xC1).replace(b"\xff\xc1\0\x11\x08", b"\xff\xc1\0\x11\x0c")
    corpus.refused("12-bit.jpg", deep, "a kind of JPEG (12 bits) that is not read")
    corpus.refused("damaged-start.jpg", b"\0\0" + save(image, "JPEG")[2:], "the JPEG file is damaged")
