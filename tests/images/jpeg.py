"""A small baseline JPEG encoder, for layouts that Pillow does not write: one scan per component, any
sampling, marked or not, with or without its end. Standard tables, quality about 95."""

import struct

import numpy as np

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
# How many codes of each length, and their values: Annex K of the standard, for light.
DC = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), bytes(range(12))
AC = (
    bytes([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D]),
    bytes.fromhex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728"
        "292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83848586878889"
        "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2"
        "e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
)
QUANT = np.array([2 + (i // 8 + i % 8) // 3 for i in range(64)])


def codes(table):
    counts, values = table
    found, code, at = {}, 0, 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            found[values[at]] = (code, length)
            code, at = code + 1, at + 1
        code <<= 1
    return found


DC_CODES, AC_CODES = codes(DC), codes(AC)
BASIS = np.array(
    [[np.sqrt((1 if u == 0 else 2) / 8) * np.cos((2 * x + 1) * u * np.pi / 16) for x in range(8)] for u in range(8)]
)


class Bits:
    def __init__(self):
        self.text = []

    def put(self, value, length):
        if length:
            self.text.append(format(value, f"0{length}b"))

    def signed(self, value):
        size = int(abs(value)).bit_length()
        return (value if value >= 0 else value + (1 << size) - 1), size

    def block(self, block, before):
        """A block of coefficients; the mean as what it differs from the block before."""
        dc = int(block[0])
        value, size = self.signed(dc - before)
        self.put(*DC_CODES[size])
        self.put(value, size)
        run = 0
        for coefficient in block[1:]:
            if coefficient == 0:
                run += 1
                continue
            while run > 15:
                self.put(*AC_CODES[0xF0])
                run -= 16
            value, size = self.signed(int(coefficient))
            self.put(*AC_CODES[run << 4 | size])
            self.put(value, size)
            run = 0
        if run:
            self.put(*AC_CODES[0])
        return dc

    def bytes(self):
        text = "".join(self.text)
        text += "1" * (-len(text) % 8)
        whole = int(text, 2).to_bytes(len(text) // 8, "big") if text else b""
        return whole.replace(b"\xff", b"\xff\x00")


def planes(rgb, ycc):
    rgb = rgb.astype(float)
    if not ycc or rgb.shape[2] < 3:
        return [rgb[..., c] for c in range(rgb.shape[2])]
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return [y, (b - y) / 1.772 + 128, (r - y) / 1.402 + 128, *(rgb[..., c] for c in range(3, rgb.shape[2]))]


def quantised(plane, across, down):
    """The blocks of a plane, `[rows, columns, 64]`, for so many blocks of an interleaved scan."""
    height, width = plane.shape
    plane = np.pad(plane, ((0, down * 8 - height), (0, across * 8 - width)), mode="edge") - 128
    blocks = plane.reshape(down, 8, across, 8).transpose(0, 2, 1, 3)
    spectra = BASIS @ blocks @ BASIS.T
    flat = spectra.reshape(down, across, 64)[..., ZIGZAG]
    return np.round(flat / QUANT).astype(int)


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def encode(rgb, sampling, scans=None, restart=0, frame=0xC0, ycc=True, extra=b"", end=b"\xff\xd9"):
    """`rgb`: `[height, width, channels]`; `sampling`: a pair per channel; `scans`: lists of channels."""
    height, width = rgb.shape[:2]
    most_x, most_y = max(h for h, _ in sampling), max(v for _, v in sampling)
    columns, rows = -(-width // (8 * most_x)), -(-height // (8 * most_y))
    parts, sizes = [], []
    for plane, (h, v) in zip(planes(rgb, ycc), sampling, strict=True):
        step_x, step_y = most_x // h, most_y // v
        tall, wide = -(-height // step_y), -(-width // step_x)
        padded = np.pad(plane, ((0, tall * step_y - height), (0, wide * step_x - width)), mode="edge")
        small = padded.reshape(tall, step_y, wide, step_x).mean(axis=(1, 3))
        parts.append(quantised(small, columns * h, rows * v))
        sizes.append((-(-wide // 8), -(-tall // 8)))
    out = b"\xff\xd8" + extra
    out += segment(0xDB, b"\0" + bytes(QUANT.tolist()))
    frame_body = struct.pack(">BHHB", 8, height, width, len(parts))
    for index, (h, v) in enumerate(sampling):
        frame_body += bytes([index + 1, h << 4 | v, 0])
    out += segment(frame, frame_body)
    out += segment(0xC4, b"\x00" + DC[0] + DC[1]) + segment(0xC4, b"\x10" + AC[0] + AC[1])
    if restart:
        out += segment(0xDD, struct.pack(">H", restart))
    for scan in scans or [list(range(len(parts)))]:
        body = bytes([len(scan)]) + b"".join(bytes([c + 1, 0]) for c in scan) + bytes([0, 63, 0])
        out += segment(0xDA, body)
        if len(scan) == 1:
            # A scan of one component has the blocks that its picture needs, row after row.
            wide, tall = sizes[scan[0]]
            units = [[(scan[0], y, x)] for y in range(tall) for x in range(wide)]
        else:
            units = [
                [
                    (c, my * sampling[c][1] + y, mx * sampling[c][0] + x)
                    for c in scan
                    for y in range(sampling[c][1])
                    for x in range(sampling[c][0])
                ]
                for my in range(rows)
                for mx in range(columns)
            ]
        step = restart or len(units)
        for number, start in enumerate(range(0, len(units), step)):
            bits, before = Bits(), [0] * len(parts)
            for unit in units[start : start + step]:
                for c, y, x in unit:
                    before[c] = bits.block(parts[c][y, x], before[c])
            if number:
                out += bytes([0xFF, 0xD0 + (number - 1) % 8])
            out += bits.bytes()
    return out + end
