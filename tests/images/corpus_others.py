"""WebP, GIF and BMP, and files that are no image, or none that is read."""

import struct

import numpy as np
from PIL import Image

from corpus_base import (
    ALPHA,
    GREY,
    HEIGHT,
    PLAIN,
    STORED,
    WIDTH,
    exif,
    indexed,
    packed,
    profile,
    save,
)


def webp(corpus):
    image = Image.fromarray(PLAIN)
    rgba = Image.fromarray(np.dstack([PLAIN, ALPHA]))
    lossless = save(image, "WEBP", lossless=True)
    corpus.like("lossless.webp", lossless)
    lossy = save(image, "WEBP", quality=95)
    corpus.like("lossy.webp", lossy, within=3)
    corpus.like("lossless-alpha.webp", save(rgba, "WEBP", lossless=True, exact=True), "faded.png", 0.01)
    corpus.like("lossy-alpha.webp", save(rgba, "WEBP", quality=95, exact=True), "faded.png", 3)
    corpus.like("grey.webp", save(image.convert("L").convert("RGB"), "WEBP", lossless=True), "grey.png", 0.6)
    for orientation, stored in STORED.items():
        turned = np.ascontiguousarray(stored(PLAIN))
        corpus.like(f"turned-{orientation}.webp", save(turned, "WEBP", lossless=True, exif=exif(orientation)))
    black = Image.new("RGB", image.size)
    corpus.like("animated.webp", save(image, "WEBP", save_all=True, append_images=[black], lossless=True, duration=99))
    for name, data in (("lossless", lossless), ("lossy", lossy)):
        within = 0 if name == "lossless" else 3
        corpus.like(f"{name}-tail.webp", data + bytes(range(37)), within=within)
        corpus.like(f"{name}-tail-of-one.webp", data + b"\0", within=within)
    corpus.like("profile.webp", save(image, "WEBP", lossless=True, icc_profile=profile()))
    corpus.refused("cut-short.webp", lossy[:-30], "the WebP file is cut short")
    corpus.refused("damaged.webp", lossy[:12] + b"VPX " + lossy[16:], "the WebP file is damaged")


def gif_block(data):
    return b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"


def gif_frame(index, left=0, top=0, colours=b"", laced=False, clear=None):
    """A frame of 16 colours whose codes are never grown: a clear code before each few pixels."""
    height, width = index.shape
    order = index
    if laced:
        order = np.concatenate([index[0::8], index[4::8], index[2::4], index[1::2]])
    bits, room = [], 0
    for value in order.ravel():
        if room == 0:
            bits.append(format(16, "05b"))
            room = 12
        bits.append(format(int(value), "05b"))
        room -= 1
    bits.append(format(17, "05b"))
    # The first bit of a code is the lowest of a byte.
    text = "".join(code[::-1] for code in bits)
    text += "0" * (-len(text) % 8)
    data = bytes(int(text[i : i + 8][::-1], 2) for i in range(0, len(text), 8))
    control = b"" if clear is None else b"\x21\xf9\x04\x01\0\0" + bytes([clear]) + b"\0"
    flags = (0x83 if colours else 0) | (0x40 if laced else 0)
    head = b"\x2c" + struct.pack("<HHHHB", left, top, width, height, flags)
    return control + head + colours + b"\x04" + gif_block(data)


def gif(screen, frames, colours=b"", background=0):
    flags = 0x83 if colours else 0
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, background, 0)
    return head + colours + b"".join(frames) + b"\x3b"


def gifs(corpus):
    table = indexed(16)
    index, colours = np.asarray(table), bytes(table.getpalette()[:48])
    rgb = np.frombuffer(colours, np.uint8).reshape(16, 3)[index]
    corpus.like("16-colours.png", save(rgb, "PNG"), "16-colours.png")
    full, like = (WIDTH, HEIGHT), "16-colours.png"
    corpus.like("plain.gif", gif(full, [gif_frame(index)], colours), like)
    corpus.like("own-colours.gif", gif(full, [gif_frame(index, colours=colours)]), like)
    corpus.like("interlaced.gif", gif(full, [gif_frame(index, laced=True)], colours), like)
    corpus.like("no-screen.gif", gif((0, 0), [gif_frame(index)], colours), like)
    corpus.like("small-screen.gif", gif((1, 1), [gif_frame(index)], colours), like)
    corpus.like("narrow-screen.gif", gif((20, HEIGHT), [gif_frame(index)], colours), like)
    part = rgb.copy()
    part[index == 5] = 255
    corpus.like("keyed-16.png", save(part, "PNG"), "keyed-16.png")
    corpus.like("keyed.gif", gif(full, [gif_frame(index, clear=5)], colours), "keyed-16.png")
    # A frame that does not fill its screen: the rest is transparent, as browsers have it.
    part = np.full_like(PLAIN, 255)
    part[4:20, 10:30] = rgb[4:20, 10:30]
    corpus.like("framed-16.png", save(part, "PNG"), "framed-16.png")
    corpus.like("frame-within.gif", gif(full, [gif_frame(index[4:20, 10:30], 10, 4)], colours), "framed-16.png")
    part = np.full_like(PLAIN, 255)
    part[4:, 10:] = rgb[4:, 10:]
    corpus.like("corner-16.png", save(part, "PNG"), "corner-16.png")
    outside = gif((10, 4), [gif_frame(index[4:, 10:], 10, 4)], colours)
    corpus.like("frame-outside.gif", outside, "corner-16.png")
    second = gif_frame(index * 0)
    corpus.like("animated.gif", gif(full, [gif_frame(index), second], colours), like)
    whole = gif(full, [gif_frame(index)], colours)
    corpus.like("no-end.gif", whole[:-1], like)
    corpus.refused("cut-short.gif", whole[: len(whole) // 2], "the GIF file is cut short")
    corpus.refused("damaged.gif", b"GIF77x" + whole[6:], "the GIF file is damaged")
    corpus.refused("no-frame.gif", gif(full, [], colours), "the GIF file is cut short")


def bmp(header, colours, data, magic=b"BM"):
    offset = 14 + len(header) + len(colours)
    return magic + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + header + colours + data


def info(bits, compression=0, height=HEIGHT, more=b"", used=0):
    size = 40 + len(more)
    return struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, 0, 2835, 2835, used, 0) + more


def rows(values, top_down=False):
    """Rows of bytes, from the last to the first, each filled up to four."""
    lines = [row.tobytes() for row in (values if top_down else values[::-1])]
    return b"".join(line + bytes(-len(line) % 4) for line in lines)


def bmps(corpus):
    bgr = np.ascontiguousarray(PLAIN[..., ::-1])
    corpus.like("24.bmp", bmp(info(24), b"", rows(bgr)))
    corpus.like("24-top-down.bmp", bmp(info(24, height=-HEIGHT), b"", rows(bgr, True)))
    corpus.like("os2.bmp", bmp(struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24), b"", rows(bgr)))
    x = np.dstack([bgr, ALPHA * 0])
    corpus.like("32-no-alpha.bmp", bmp(info(32), b"", rows(x)))
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    space = masks + b"BGRs" + bytes(48)
    for size, more in (("v3", masks), ("v4", space), ("v5", space + bytes(16))):
        faded = bmp(info(32, 3, more=more), b"", rows(np.dstack([bgr, ALPHA])))
        corpus.like(f"32-alpha-{size}.bmp", faded, "faded.png", 0.01)
        corpus.like(f"32-alpha-all-zero-{size}.bmp", bmp(info(32, 3, more=more), b"", rows(x)))
    table = indexed(16)
    index, rgb = np.asarray(table), np.asarray(table.getpalette()[:48], np.uint8).reshape(16, 3)
    colours = np.dstack([rgb[:, ::-1][None], np.zeros((1, 16, 1), np.uint8)]).tobytes()
    like = "16-colours.png"
    corpus.like("8.bmp", bmp(info(8, used=16), colours, rows(index)), like)
    four = np.frombuffer(packed(index, 4), np.uint8).reshape(HEIGHT, -1)
    corpus.like("4.bmp", bmp(info(4), colours, rows(four)), like)
    os2 = bmp(struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 4), rgb[:, ::-1].tobytes(), rows(four))
    corpus.like("os2-4.bmp", os2, like)
    one = np.frombuffer(packed(GREY > 127, 1), np.uint8).reshape(HEIGHT, -1)
    bilevel = ((GREY > 127) * 255).astype(np.uint8)
    corpus.like("two-colours.png", save(bilevel, "PNG"), "two-colours.png")
    corpus.like("1.bmp", bmp(info(1), b"\0\0\0\0\xff\xff\xff\0", rows(one)), "two-colours.png")
    runs = b"".join(b"".join(bytes([1, v]) for v in row) + b"\0\0" for row in index[::-1].tolist()) + b"\0\1"
    corpus.like("rle8.bmp", bmp(info(8, 1, used=16), colours, runs), like)
    pairs = b"".join(
        b"".join(bytes([2, a << 4 | b]) for a, b in zip(row[::2], row[1::2], strict=True)) + b"\0\0"
        for row in index[::-1].tolist()
    )
    corpus.like("rle4.bmp", bmp(info(4, 2), colours, pairs + b"\0\1"), like)
    wide = PLAIN.astype(int)
    bits = {"555": ((5, 5, 5), (10, 5, 0)), "565": ((5, 6, 5), (11, 5, 0))}
    for name, (depths, shifts) in bits.items():
        parts = [wide[..., c] * ((1 << d) - 1) // 255 for c, d in enumerate(depths)]
        word = sum(part << shift for part, shift in zip(parts, shifts, strict=True))
        shown = np.dstack([part * 255 // ((1 << d) - 1) for part, d in zip(parts, depths, strict=True)])
        corpus.like(f"{name}-as-8.png", save(shown.astype(np.uint8), "PNG"), f"{name}-as-8.png")
        masks = struct.pack("<III", *[((1 << d) - 1) << s for d, s in zip(depths, shifts, strict=True)])
        data = rows(word.astype("<u2"))
        corpus.like(f"16-{name}.bmp", bmp(info(16, 3), masks, data), f"{name}-as-8.png", 1)
        if name == "555":
            corpus.like("16.bmp", bmp(info(16), b"", data), f"{name}-as-8.png", 1)
    whole = bmp(info(24), b"", rows(bgr))
    corpus.like("tail.bmp", whole + b"more")
    corpus.refused("cut-short.bmp", whole[:-400], "the BMP file is cut short")
    corpus.refused("damaged.bmp", whole[:14] + b"\xff\0\0\0" + whole[18:], "the BMP file is damaged|a kind of BMP")


def no_images(corpus):
    formats = "PNG, JPEG, WebP, GIF, BMP, TIFF"
    corpus.refused("zeros.jpg", bytes(512), "nothing but zeros")
    corpus.refused("page.jpg", b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page, not an image")
    corpus.refused(
        "drawing.svg", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG is not read"
    )
    corpus.refused("notes.txt", b"Dear diary", f"not an image; these are: {formats}")
    corpus.refused("boxes.xml", b'<?xml version="1.0"?>\n<annotation/>', "not an image")
    corpus.refused("bell.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "a sound, not an image")
    corpus.refused("layers.psd", b"8BPS\0\1" + bytes(20), "PSD is not read")
    corpus.refused("icon.ico", save(Image.fromarray(PLAIN), "ICO", sizes=[(16, 16)]), "ICO is not read")
    corpus.refused("new.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20), "JPEG 2000 is not read")
    corpus.refused("new.jxl", b"\xff\x0a" + bytes(20), "JPEG XL is not read")
    corpus.refused("film.mp4", b"\0\0\0\x18ftypmp42" + bytes(20), "a film, not an image")
    corpus.refused("paper.pdf", b"%PDF-1.7\n" + bytes(20), "PDF is not read")
    corpus.refused("scan.dcm", bytes(128) + b"DICM" + bytes(20), "DICOM is not read")


def make(corpus):
    webp(corpus)
    gifs(corpus)
    bmps(corpus)
    no_images(corpus)
