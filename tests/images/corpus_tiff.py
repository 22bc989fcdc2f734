"""TIFF: every colour, depth, layout, packing and alpha that is met, and cameras' raw files, which look alike."""

import io
import struct

import numpy as np
import tifffile
from PIL import Image

from corpus_base import ALPHA, GREY, HEIGHT, PLAIN, STORED, WIDTH, indexed, packed, profile, save

SHORT, LONG, ASCII, BYTE = 3, 4, 2, 1
SIZES = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4}
LETTERS = {BYTE: "B", ASCII: "s", SHORT: "H", LONG: "I"}


def directory(tags, at, order, following=0):
    """Tags as `(number, type, values)`, written to lie at an offset; what does not fit follows them."""
    tags = sorted(tags)
    end = at + 2 + 12 * len(tags) + 4
    out, behind = struct.pack(order + "H", len(tags)), b""
    for number, kind, values in tags:
        if kind == ASCII:
            body, count = values + b"\0", len(values) + 1
        else:
            values = values if isinstance(values, list | tuple) else [values]
            body, count = struct.pack(f"{order}{len(values)}{LETTERS[kind]}", *values), len(values)
        if len(body) > 4:
            place = end + len(behind)
            behind += body + bytes(len(body) % 2)
            body = struct.pack(order + "I", place)
        out += struct.pack(order + "HHI", number, kind, count) + body.ljust(4, b"\0")
    return out + struct.pack(order + "I", following) + behind


def tiff(data, samples=1, bits=8, photometric=1, more=(), order="<", compression=1, size=(WIDTH, HEIGHT)):
    """One strip of data as it stands, by hand; the directory comes first, as in raw files."""
    tags = [
        (256, SHORT, size[0]), (257, SHORT, size[1]), (258, SHORT, [bits] * samples), (259, SHORT, compression),
        (262, SHORT, photometric), (277, SHORT, samples), (278, SHORT, size[1]), (279, LONG, len(data)), *more,
    ]  # fmt: skip
    mark = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    length = len(directory([*tags, (273, LONG, 0)], 8, order))
    return mark + directory([*tags, (273, LONG, 8 + length)], 8, order) + data


def written(array, **options):
    """By tifffile."""
    out = io.BytesIO()
    # Its own remarks would only make the files larger.
    tifffile.imwrite(out, array, metadata=None, software=False, **options)
    return out.getvalue()


def layouts(corpus):
    wide, grey_wide = PLAIN.astype(np.uint16) * 257, GREY.astype(np.uint16) * 257
    for order, end in (("<", "little"), (">", "big")):
        corpus.like(f"rgb-{end}.tif", written(PLAIN, photometric="rgb", byteorder=order))
        corpus.like(f"rgb-16-{end}.tif", written(wide, photometric="rgb", byteorder=order, compression="packbits"))
        corpus.like(f"grey-16-{end}.tif", written(grey_wide, photometric="minisblack", byteorder=order), "grey.png")
        corpus.like(
            f"rgb-bigtiff-{end}.tif",
            written(PLAIN, photometric="rgb", byteorder=order, bigtiff=True, compression="zlib"),
        )
        for bits, kind in ((32, np.uint32), (64, np.uint64)):
            full = GREY.astype(kind) * (((1 << bits) - 1) // 255)
            if bits == 32:
                corpus.like(
                    f"grey-{bits}-{end}.tif", written(full, photometric="minisblack", byteorder=order), "grey.png"
                )
        for kind in ("float16", "float32", "float64"):
            data = written((GREY / 255).astype(kind), photometric="minisblack", byteorder=order, compression="zlib")
            corpus.like(f"grey-{kind}-{end}.tif", data, "grey.png", 0.1)
        data = written((PLAIN / 255).astype("float32"), photometric="rgb", byteorder=order, compression="zlib")
        corpus.like(f"rgb-float32-{end}.tif", data, within=0.1)
    corpus.like("rgb-planar.tif", written(PLAIN.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"))
    corpus.like(
        "rgb-16-planar.tif",
        written(wide.transpose(2, 0, 1), photometric="rgb", planarconfig="separate", compression="zlib"),
    )
    corpus.like("rgb-strips.tif", written(PLAIN, photometric="rgb", rowsperstrip=5))
    for name, more in (
        ("", {}),
        ("-planar", {"planarconfig": "separate"}),
        ("-lzw", {"compression": "lzw", "predictor": True}),
    ):
        array = PLAIN.transpose(2, 0, 1) if name == "-planar" else PLAIN
        data = written(array, photometric="rgb", tile=(16, 16), **more)
        corpus.like(f"rgb-tiles{name}.tif", data)
    # Packed without differences, the end of a tile that reaches beyond the picture is hard to find.
    noise = np.random.default_rng(1).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    corpus.like("noise.png", save(noise, "PNG"), "noise.png")
    corpus.like("noise-tiles.tif", written(noise, photometric="rgb", tile=(16, 16), compression="lzw"), "noise.png")
    for packing in ("lzw", "zlib", "packbits"):
        corpus.like(f"rgb-{packing}.tif", written(PLAIN, photometric="rgb", compression=packing))
        corpus.like(
            f"grey-16-{packing}.tif", written(grey_wide, photometric="minisblack", compression=packing), "grey.png"
        )
    for packing in ("lzw", "zlib"):
        for name, array, like in (("rgb", PLAIN, "plain"), ("rgb-16", wide, "plain"), ("grey-16", grey_wide, "grey")):
            for order, end in (("<", "little"), (">", "big")):
                photometric = "rgb" if array.ndim == 3 else "minisblack"
                data = written(array, photometric=photometric, compression=packing, predictor=True, byteorder=order)
                corpus.like(f"{name}-{packing}-differences-{end}.tif", data, f"{like}.png")
    data = written((GREY / 255).astype("float32"), photometric="minisblack", compression="zlib", predictor=True)
    corpus.like("grey-float32-differences.tif", data, "grey.png", 0.1)
    corpus.like("webp.tif", written(PLAIN, photometric="rgb", compression="webp", compressionargs={"lossless": True}))
    for name, subsampling in (("444", (1, 1)), ("420", (2, 2))):
        data = written(
            PLAIN, photometric="rgb", compression="jpeg", subsampling=subsampling, compressionargs={"level": 95}
        )
        corpus.like(f"jpeg-{name}.tif", data, within=3)
    corpus.like(
        "jpeg-grey.tif",
        written(GREY, photometric="minisblack", compression="jpeg", compressionargs={"level": 95}),
        "grey.png",
        2,
    )
    for number, packing in (
        (3, "CCITT Group 3"),
        (34712, "JPEG 2000"),
        (50000, "Zstandard"),
        (34925, "LZMA"),
        (34887, "LERC"),
        (6, "JPEG of old style"),
        (50002, "JPEG XL"),
    ):
        # What is packed does not matter: it is not looked at.
        corpus.refused(
            f"packed-{number}.tif", tiff(bytes(64), compression=number), f"packed by {packing}, which is not read"
        )


def colours(corpus):
    corpus.like("grey.tif", written(GREY, photometric="minisblack"), "grey.png")
    corpus.like("grey-min-is-white.tif", written(255 - GREY, photometric="miniswhite"), "grey.png")
    corpus.like(
        "grey-16-min-is-white.tif", written(65535 - GREY.astype(np.uint16) * 257, photometric="miniswhite"), "grey.png"
    )
    for bits in (1, 2, 4):
        most = (1 << bits) - 1
        few = GREY.astype(int) * most // 255
        for order, end in (("<", "little"), (">", "big")):
            corpus.like(
                f"grey-{bits}-{end}.tif", tiff(packed(few, bits), bits=bits, order=order), f"grey-{bits}-as-8.png"
            )
        white = tiff(packed(most - few, bits), bits=bits, photometric=0)
        corpus.like(f"grey-{bits}-min-is-white.tif", white, f"grey-{bits}-as-8.png")
    twelve = GREY.astype(int) * 4095 // 255
    corpus.refused("grey-12.tif", tiff(packed(twelve, 12), bits=12), "of 12 bits a sample, which is not read")
    bilevel = Image.fromarray(GREY > 127)
    for packing in ("group4", "tiff_lzw", "packbits", "raw"):
        data = save(bilevel, "TIFF", compression=packing)
        corpus.like(f"bilevel-{packing}.tif", data, "two-colours.png")
    backwards = bytes(int(format(byte, "08b")[::-1], 2) for byte in packed(GREY > 127, 1))
    corpus.like("bilevel-backwards.tif", tiff(backwards, bits=1, more=[(266, SHORT, 2)]), "two-colours.png")

    table = indexed(16)
    index, colours = np.asarray(table), np.asarray(table.getpalette()[:48], int).reshape(16, 3)
    for bits in (4, 8):
        full = np.zeros((1 << bits, 3), int)
        full[:16] = colours * 257
        map_tag = (320, SHORT, full.T.ravel().tolist())
        for order, end in (("<", "little"), (">", "big")):
            data = tiff(packed(index, bits), bits=bits, photometric=3, more=[map_tag], order=order)
            corpus.like(f"palette-{bits}-{end}.tif", data, "16-colours.png")
        # As old programs write it: eight bits of a colour in sixteen.
        low = (320, SHORT, (full.T.ravel() // 257).tolist())
        corpus.like(
            f"palette-{bits}-low.tif", tiff(packed(index, bits), bits=bits, photometric=3, more=[low]), "16-colours.png"
        )
    big = (full // 257 * 257).T.astype(np.uint16)
    data = written(index, photometric="palette", colormap=big, compression="lzw", byteorder=">", bigtiff=True)
    corpus.like("palette-lzw-bigtiff.tif", data, "16-colours.png")
    corpus.like(
        "palette-tiles.tif", written(index, photometric="palette", colormap=big, tile=(16, 16)), "16-colours.png"
    )
    two = tiff(packed(GREY > 127, 1), bits=1, photometric=3, more=[(320, SHORT, [0, 65535] * 3)])
    corpus.like("palette-1.tif", two, "two-colours.png")

    ink = np.dstack([255 - PLAIN, np.zeros_like(GREY)])
    corpus.like("cmyk.tif", written(ink, photometric="separated", compression="zlib"))
    corpus.like("cmyk-16.tif", written(ink.astype(np.uint16) * 257, photometric="separated", compression="zlib"))
    corpus.like(
        "cmyk-planar.tif",
        written(ink.transpose(2, 0, 1), photometric="separated", planarconfig="separate", compression="zlib"),
    )
    ycc = np.asarray(Image.fromarray(PLAIN).convert("YCbCr"))
    corpus.like("ycbcr.tif", tiff(ycc.tobytes(), 3, photometric=6, more=[(530, SHORT, [1, 1])]), within=1)
    halved = tiff(bytes(64), 3, photometric=6, more=[(530, SHORT, [2, 2])])
    corpus.refused("ycbcr-420.tif", halved, "YCbCr whose colour is halved, which is not read")
    corpus.refused("lab.tif", tiff(bytes(64), 3, photometric=8), "in Lab colours, which is not read")


def alphas(corpus):
    straight = np.dstack([PLAIN, ALPHA])
    multiplied = np.dstack([(PLAIN.astype(int) * ALPHA[..., None] + 127) // 255, ALPHA]).astype(np.uint8)
    for name, array, mark in (("straight", straight, "unassalpha"), ("multiplied", multiplied, "assocalpha")):
        corpus.like(f"alpha-{name}.tif", written(array, photometric="rgb", extrasamples=[mark]), "faded.png", 0.3)
        planes = np.ascontiguousarray(array.transpose(2, 0, 1))
        data = written(planes, photometric="rgb", extrasamples=[mark], planarconfig="separate", compression="zlib")
        corpus.like(f"alpha-{name}-planar.tif", data, "faded.png", 0.3)
        data = written(
            array.astype(np.uint16) * 257, photometric="rgb", extrasamples=[mark], compression="lzw", predictor=True
        )
        corpus.like(f"alpha-{name}-16-differences.tif", data, "faded.png", 0.3)
    grey = np.dstack([GREY, ALPHA])
    corpus.like(
        "grey-alpha.tif", written(grey, photometric="minisblack", extrasamples=["unassalpha"]), "grey-faded.png", 0.3
    )
    grey = np.dstack([(GREY.astype(int) * ALPHA + 127) // 255, ALPHA]).astype(np.uint8)
    corpus.like(
        "grey-alpha-multiplied.tif",
        written(grey, photometric="minisblack", extrasamples=["assocalpha"]),
        "grey-faded.png",
        0.3,
    )
    # A fourth sample that is said to be no alpha, one of which nothing is said, and an alpha of nothing.
    corpus.like("fourth-is-no-alpha.tif", written(straight, photometric="rgb", extrasamples=["unspecified"]))
    corpus.like("fourth-unmarked.tif", tiff(straight.tobytes(), 4, photometric=2))
    clear = np.dstack([PLAIN, ALPHA * 0])
    corpus.like(
        "alpha-all-zero.tif", written(clear, photometric="rgb", extrasamples=["unassalpha"], compression="zlib")
    )
    five = np.dstack([PLAIN, ALPHA, GREY])
    corpus.like(
        "five-samples.tif",
        written(five, photometric="rgb", extrasamples=["unassalpha", "unspecified"]),
        "faded.png",
        0.3,
    )
    data = written(
        five, photometric="rgb", extrasamples=["unassalpha", "unspecified"], compression="lzw", predictor=True
    )
    corpus.like("five-samples-differences.tif", data, "faded.png", 0.3)
    ink = np.dstack([255 - PLAIN, np.zeros_like(GREY), ALPHA])
    corpus.like(
        "cmyk-alpha.tif",
        written(ink, photometric="separated", extrasamples=["unassalpha"], compression="zlib"),
        "faded.png",
        0.3,
    )


def counts(corpus):
    # A value of 8 bits times 2 is one of 9: the most that is there decides.
    for bits in (8, 10, 12, 14):
        values = (GREY.astype(int) * ((1 << bits) - 1) // 255).astype(np.uint16)
        corpus.like(
            f"counts-{bits}-in-16.tif", written(values, photometric="minisblack", compression="zlib"), "grey.png", 2
        )
    values = (GREY.astype(int) * 4095 // 255).astype(np.uint16)
    # A pixel that is always bright does not decide.
    hot = values.repeat(2, 0).repeat(2, 1)
    hot[3, 7] = 65535
    corpus.like("counts-with-a-hot-pixel.tif", written(hot, photometric="minisblack", compression="lzw"), "grey.png", 2)
    values3 = (PLAIN.astype(int) * 4095 // 255).astype(np.uint16)
    corpus.like("counts-12-in-16-rgb.tif", written(values3, photometric="rgb", compression="zlib"), within=1)
    corpus.like("counts-12-in-32.tif", written(values.astype(np.uint32), photometric="minisblack"), "grey.png", 1)
    low, high = GREY.min(), GREY.max()
    stretched = ((GREY.astype(float) - low) * 255 / (high - low)).round().astype(np.uint8)
    corpus.like("grey-stretched.png", save(stretched, "PNG"), "grey-stretched.png")
    for name, array in (("signed-16", (GREY.astype(np.int16) - 100)), ("heights", GREY.astype(np.float32) * 3 - 400)):
        corpus.like(
            f"{name}.tif", written(array, photometric="minisblack", compression="zlib"), "grey-stretched.png", 0.6
        )
    holes = (GREY / 255).astype(np.float32)
    holes[0, 0] = np.nan
    corpus.like("float-with-a-hole.tif", written(holes, photometric="minisblack", compression="zlib"), "grey.png", 0.1)


def pages(corpus):
    for orientation, stored in STORED.items():
        turned = np.ascontiguousarray(stored(GREY))
        data = written(turned, photometric="minisblack", extratags=[(274, SHORT, 1, orientation, True)])
        corpus.like(f"turned-{orientation}.tif", data, "grey.png")
    corpus.like("profile.tif", written(GREY, photometric="minisblack", iccprofile=profile()), "grey.png")
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        small = np.ascontiguousarray(GREY[::2, ::2] // 2)
        writer.write(small, photometric="minisblack", subfiletype=1, metadata=None)
        writer.write(GREY, photometric="minisblack", metadata=None)
    corpus.like("preview-first.tif", out.getvalue(), "grey.png")
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(GREY, photometric="minisblack", metadata=None)
        writer.write(GREY * 0, photometric="minisblack", metadata=None)
    corpus.like("two-pages.tif", out.getvalue(), "grey.png")
    whole = written(PLAIN, photometric="rgb", compression="lzw")
    corpus.refused("cut-short.tif", whole[: len(whole) - 200], "the TIFF file is cut short")
    corpus.refused("cut-short-in-the-head.tif", whole[:60], "the TIFF file is cut short")
    corpus.refused(
        "damaged.tif",
        tiff(GREY.tobytes())[:4] + b"\xff\xff\0\0" + tiff(GREY.tobytes())[8:],
        "the TIFF file is cut short|the TIFF file is damaged",
    )


def raws(corpus):
    thumb = PLAIN[::2, ::2].copy()
    size = (thumb.shape[1], thumb.shape[0])

    def raw(maker, more=(), photometric=2, **options):
        tags = [(254, LONG, 1), (271, ASCII, maker), (272, ASCII, b"Camera"), *more]
        return tiff(thumb.tobytes(), 3, photometric=photometric, more=tags, size=size, **options)

    def inner(photometric, compression, order="<"):
        tags = [
            (254, LONG, 0),
            (256, SHORT, 64),
            (257, SHORT, 48),
            (258, SHORT, 14),
            (259, SHORT, compression),
            (262, SHORT, photometric),
            (273, LONG, 8),
            (277, SHORT, 1),
            (278, SHORT, 48),
            (279, LONG, 64),
        ]
        return lambda at: directory(tags, at, order)

    def with_inner(maker, photometric, compression, order="<"):
        start = len(raw(maker, [(330, LONG, 0)], order=order))
        return raw(maker, [(330, LONG, start)], order=order) + inner(photometric, compression, order)(start)

    advice = "a camera's raw file ({})"
    corpus.refused("nikon.nef", with_inner(b"NIKON CORPORATION", 32803, 34713, ">"), advice.format("Nikon"))
    corpus.refused("sony.arw", with_inner(b"SONY", 32803, 32767), advice.format("Sony"))
    corpus.refused("unknown-maker.raw.tif", with_inner(b"Nobody", 32803, 1), "a camera's raw file")
    dng = raw(b"Apple", [(50706, BYTE, [1, 4, 0, 0])])
    corpus.refused("phone.dng", dng, advice.format("DNG"))
    linear = tiff(bytes(64), 3, photometric=34892, more=[(50706, BYTE, [1, 4, 0, 0])])
    corpus.refused("linear.dng", linear, advice.format("DNG"))
    mosaic = tiff(GREY.tobytes(), 1, photometric=32803, more=[(271, ASCII, b"PENTAX")], compression=65535)
    corpus.refused("pentax.pef", mosaic, advice.format("Pentax"))
    body = bytearray(raw(b"Canon"))
    canon = bytes(body[:8]) + b"CR\x02\0" + bytes(60)
    corpus.refused("canon.cr2", canon, advice.format("Canon CR2"))
    corpus.refused("canon.cr3", b"\0\0\0\x18ftypcrx " + bytes(24), advice.format("Canon CR3"))
    corpus.refused("fuji.raf", b"FUJIFILMCCD-RAW 0201" + bytes(60), advice.format("Fujifilm RAF"))
    corpus.refused("olympus.orf", b"IIRO\x08\0\0\0" + bytes(60), advice.format("Olympus ORF"))
    corpus.refused("panasonic.rw2", b"IIU\0\x18\0\0\0" + bytes(60), advice.format("Panasonic RW2"))
    corpus.refused("sigma.x3f", b"FOVb" + bytes(60), advice.format("Sigma X3F"))
    # An ordinary TIFF of a camera: its maker alone makes it no raw file.
    corpus.like("camera.tif", tiff(GREY.tobytes(), more=[(271, ASCII, b"NIKON CORPORATION")]), "grey.png")
    corpus.refused("only-a-preview.tif", raw(b"NIKON CORPORATION"), "a camera's raw file")


def make(corpus):
    for part in (layouts, colours, alphas, counts, pages, raws):
        part(corpus)
