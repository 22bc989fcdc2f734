"""PNG: every colour type and depth, interlaced or not, and transparency in each way."""

import struct
import zlib

import numpy as np

from corpus_base import (
    ALPHA,
    GREY,
    HEIGHT,
    PLAIN,
    STORED,
    WIDTH,
    exif,
    indexed,
    over_white,
    packed,
    profile,
    save,
)

# Left, top, step across, step down of the seven passes of Adam7.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(samples, depth, kind, interlaced=False, before=b"", after=b""):
    """By hand, for what Pillow does not write; `samples`: `[height, width, channels]`."""
    samples = samples if samples.ndim == 3 else samples[..., None]

    def scanlines(part):
        if depth == 16:
            rows = part.astype(">u2").reshape(len(part), -1)
            return b"".join(b"\0" + row.tobytes() for row in rows)
        return b"".join(b"\0" + packed(row[None], depth) for row in part)

    if interlaced:
        parts = [samples[top::down, left::across] for left, top, across, down in PASSES]
        data = b"".join(scanlines(part) for part in parts if part.size)
    else:
        data = scanlines(samples)
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    return b"".join([
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), before,
        chunk(b"IDAT", zlib.compress(data, 9)), after, chunk(b"IEND", b""),
    ])  # fmt: skip


def make(corpus):
    corpus.like("plain.png", save(PLAIN, "PNG"))
    corpus.like("grey.png", save(GREY, "PNG"), "grey.png")
    corpus.like("faded.png", save(over_white(PLAIN, ALPHA), "PNG"), "faded.png")
    corpus.like("grey-faded.png", save(over_white(GREY, ALPHA), "PNG"), "grey-faded.png")
    white = np.full_like(PLAIN, 255)
    corpus.like("white.png", save(white, "PNG"), "white.png")

    wide = PLAIN.astype(int) * 257
    rgba, grey_alpha = np.dstack([PLAIN, ALPHA]), np.dstack([GREY, ALPHA])
    for laced in (False, True):
        end = "-interlaced.png" if laced else ".png"
        for depth in (1, 2, 4):
            few = GREY.astype(int) * ((1 << depth) - 1) // 255
            name = f"grey-{depth}"
            if not laced:
                corpus.like(
                    f"{name}-as-8.png",
                    save((few * 255 // ((1 << depth) - 1)).astype(np.uint8), "PNG"),
                    f"{name}-as-8.png",
                )
            corpus.like(name + end, png(few, depth, 0, laced), f"{name}-as-8.png")
            table = indexed(1 << depth)
            colours = bytes(table.getpalette()[: 3 << depth])
            if not laced:
                corpus.like(
                    f"{depth}-bit-palette-as-8.png",
                    save(np.asarray(table.convert("RGB")), "PNG"),
                    f"{depth}-bit-palette-as-8.png",
                )
            index = np.asarray(table)
            corpus.like(
                f"{depth}-bit-palette{end}",
                png(index, depth, 3, laced, chunk(b"PLTE", colours)),
                f"{depth}-bit-palette-as-8.png",
            )
        corpus.like(f"grey-16{end}", png(GREY.astype(int) * 257, 16, 0, laced), "grey.png")
        corpus.like(f"rgb-16{end}", png(wide, 16, 2, laced), "plain.png")
        corpus.like(f"rgba{end}", png(rgba, 8, 6, laced), "faded.png", 0.01)
        corpus.like(f"rgba-16{end}", png(rgba.astype(int) * 257, 16, 6, laced), "faded.png", 0.3)
        corpus.like(f"grey-alpha{end}", png(grey_alpha, 8, 4, laced), "grey-faded.png", 0.01)
        corpus.like(f"grey-alpha-16{end}", png(grey_alpha.astype(int) * 257, 16, 4, laced), "grey-faded.png", 0.3)
    corpus.like("rgb-interlaced.png", png(PLAIN, 8, 2, True))
    corpus.like("grey-interlaced.png", png(GREY, 8, 0, True), "grey.png")

    # One colour that is transparent (tRNS), in each colour type that may have one.
    few = PLAIN // 32 * 32
    clear = np.where((few == few[12, 18]).all(-1, keepdims=True), 255, few).astype(np.uint8)
    corpus.like("keyed-as-8.png", save(clear, "PNG"), "keyed-as-8.png")
    key = struct.pack(">3H", *few[12, 18].tolist())
    corpus.like("rgb-keyed.png", png(few, 8, 2, before=chunk(b"tRNS", key)), "keyed-as-8.png")
    level = int(GREY[12, 18])
    clear = np.where(GREY == level, 255, GREY).astype(np.uint8)
    corpus.like("grey-keyed-as-8.png", save(clear, "PNG"), "grey-keyed-as-8.png")
    corpus.like(
        "grey-keyed.png", png(GREY, 8, 0, before=chunk(b"tRNS", struct.pack(">H", level))), "grey-keyed-as-8.png"
    )
    table = indexed(16)
    index, colours = np.asarray(table), np.asarray(table.getpalette()[:48], np.uint8).reshape(16, 3)
    alpha = np.arange(16, dtype=np.uint8) * 17
    corpus.like(
        "palette-faded-as-8.png", save(over_white(colours[index], alpha[index]), "PNG"), "palette-faded-as-8.png"
    )
    before = chunk(b"PLTE", colours.tobytes()) + chunk(b"tRNS", alpha.tobytes())
    corpus.like("palette-faded.png", png(index, 4, 3, before=before), "palette-faded-as-8.png", 0.01)
    corpus.like("wholly-clear.png", png(np.dstack([PLAIN, ALPHA * 0]), 8, 6), "white.png")

    for orientation, stored in STORED.items():
        turned = np.ascontiguousarray(stored(PLAIN))
        corpus.like(f"turned-{orientation}.png", save(turned, "PNG", exif=exif(orientation)))

    # Animated: the picture that is shown first, and the one that only old viewers show.
    frames = [save(PLAIN, "PNG")]
    control = struct.pack(">IIIIIHHBB", 0, WIDTH, HEIGHT, 0, 0, 1, 1, 0, 0)
    animation = chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(b"fcTL", control)
    corpus.like("animated.png", png(PLAIN, 8, 2, before=animation))
    after = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, WIDTH, HEIGHT, 0, 0, 1, 1, 0, 0))
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in white))
    after += chunk(b"fdAT", struct.pack(">I", 1) + body)
    still = png(PLAIN, 8, 2, before=chunk(b"acTL", struct.pack(">II", 1, 0)), after=after)
    corpus.like("animated-behind-a-still.png", still)

    # Counts of a camera of 12 bits, and a picture that uses all of 16.
    counts = GREY.astype(int) * 16 + 8
    corpus.like("counts-12-in-16.png", png(counts, 16, 0), "grey.png", 0.6)
    corpus.like("tail.png", frames[0] + b"more")
    corpus.like("no-end.png", frames[0][:-12])
    corpus.like("half-an-end.png", frames[0][:-5])
    corpus.refused("cut-before-its-end.png", frames[0][:-13], "the PNG file is cut short")
    corpus.like("gamma.png", png(PLAIN, 8, 2, before=chunk(b"gAMA", struct.pack(">I", 100000))))
    corpus.like("profile.png", save(PLAIN, "PNG", icc_profile=profile()))

    corpus.refused("cut-short.png", frames[0][: len(frames[0]) // 2], "the PNG file is cut short")
    # As a transfer in text mode makes it.
    corpus.refused("line-ends.png", frames[0].replace(b"\r\n", b"\n"), "damaged")
    broken = bytearray(frames[0])
    broken[0] = 0x09
    corpus.refused("seven-bits.png", bytes(broken), "the PNG file is damaged")
    broken = bytearray(frames[0])
    broken[len(broken) // 2] ^= 0xFF
    corpus.refused("bit-rot.png", bytes(broken), "the PNG file is damaged")
    corpus.refused("header-rot.png", frames[0][:8] + b"\0\0\0\x0dIHDX" + frames[0][16:], "the PNG file is damaged")
