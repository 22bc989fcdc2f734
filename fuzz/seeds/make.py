"""Makes the zips of this folder, from which the targets `zip` and `session` begin: python3 make.py"""

import json
import zipfile
from pathlib import Path

HERE = Path(__file__).parent / "zip"
# The smallest picture that there is: a GIF of one pixel.
PIXEL = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


def entry(name, **about):
    info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    for key, value in about.items():
        setattr(info, key, value)
    return info


for name, method in [("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)]:
    with zipfile.ZipFile(HERE / f"{name}.zip", "w", method) as archive:
        for path in ["cats/1.gif", "dogs/1.gif", "dogs/1.gif", "__MACOSX/._1.gif", "p\u00eacheur/\u732b.gif", "../out.gif"]:
            archive.writestr(entry(path, compress_type=method), PIXEL)
        archive.writestr(entry("notes.txt", compress_type=method), b"none " * 99)
        # A link, as Unix stores it.
        archive.writestr(entry("link.gif", external_attr=0o120777 << 16), b"cats/1.gif")
with zipfile.ZipFile(HERE / "empty.zip", "w"):
    pass

# A session of two images of one pixel, as an array of NumPy.
HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1, 3,), }"
HEADER = HEADER.ljust(117) + "\n"
ARRAY = b"\x93NUMPY\x01\x00" + len(HEADER).to_bytes(2, "little") + HEADER.encode() + bytes(range(6))
SESSION = {
    "format": 1,
    "sets": [{"set": None, "size": 1, "names": ["a", "b"], "factors": [], "pixels": {"file": "images/squares.npy"}}],
    "source": {"images": 0},
    "a": {"run": 0, "settings": {}},
    "runs": [{"checkpoint": {"step": 1, "bytes": {"file": "runs/one/checkpoint.safetensors"}}}],
}
for name, method in [("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)]:
    with zipfile.ZipFile(HERE.parent / "session" / f"{name}.zip", "w", method) as archive:
        archive.writestr(entry("images/squares.npy", compress_type=method), ARRAY)
        archive.writestr(entry("runs/one/checkpoint.safetensors", compress_type=method), b"weights")
        archive.writestr(entry("session.json", compress_type=method), json.dumps(SESSION))
