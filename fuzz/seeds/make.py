"""Makes the zips of this folder, from which the target `zip` begins: python3 make.py"""

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
