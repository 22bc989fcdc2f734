"""Makes `corpus/`: one small picture in every colour type, depth, layout and alpha, and what each is like.

python3 -m pip install pillow==13.0.0 numpy==2.4.6 tifffile==2026.3.3 imagecodecs==2026.3.6
python3 corpus.py

`corpus/corpus.json` says of each file either which PNG its picture is like, and how far off it may be
(mean of what the bytes differ, of 255), or what a refusal says.
"""

import json
import shutil
from pathlib import Path

import corpus_jpeg
import corpus_others
import corpus_png
import corpus_tiff

FOLDER = Path(__file__).parent / "corpus"


class Corpus:
    def __init__(self):
        self.entries = []

    def like(self, name, data, like="plain.png", within=0.0):
        """A file whose picture is that of another, a PNG of eight bits, as near as `within`."""
        self.add(name, data, {"like": like, "within": within})

    def refused(self, name, data, says):
        self.add(name, data, {"says": says})

    def add(self, name, data, entry):
        assert not (FOLDER / name).exists(), name
        (FOLDER / name).write_bytes(data)
        self.entries.append({"name": name, **entry})


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    corpus = Corpus()
    for part in (corpus_png, corpus_jpeg, corpus_others, corpus_tiff):
        part.make(corpus)
    lines = ",\n".join(json.dumps(entry) for entry in corpus.entries)
    (FOLDER / "corpus.json").write_text(f"[\n{lines}\n]\n")
    sizes = [path.stat().st_size for path in FOLDER.iterdir()]
    print(f"{len(corpus.entries)} files, {sum(sizes) // 1000} kB, the largest {max(sizes)} bytes")
