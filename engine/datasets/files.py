"""The files of engine/data, each read only when its SHA-256 is the one that was shipped."""

from __future__ import annotations

import gzip
import hashlib
import io
from importlib.resources import files

import numpy as np

from engine.errors import EngineError, Parameters

SHA256 = {
    "alice.txt.gz": "2ba3d055e38249a67d0e7981a8c89079101af1186be0a108c719d9a54ca29c3c",
    "breast_cancer.csv.gz": "d5ba29821573eb2ddd92669fa2c0e7daf1427bba0a5aa2673903e50bcd8d4ed1",
    "digits.npz": "f1a23f2fb1a1c97bb00a811807ddd50a888dbcdcdead94147993273c22ee3f37",
    "names.txt.gz": "582f663117abca3a0386e5fb8277acccccc738a64090921859de7be1cae739ad",
    "pictures.npz": "fb0d2528fa0356ac4821dae48351b96c168afa1111e584de99c6eff1b404a9dd",
    "words.npz": "34c153c3e56c6cf7b8b37c15c2036f31b01ec9da8b1b4db0396a4e074b354a0e",
}


def read(name: str) -> bytes:
    """The bytes of a file of engine/data.

    Raises EngineError when the file is not the one that was shipped.

    >>> read("breast_cancer.csv.gz")[:2].hex() == "1f8b"  # the mark of gzip
    True
    """
    content = (files("engine") / "data" / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        raise EngineError(f"engine/data/{name}", f"a file with SHA-256 {SHA256[name]}", f"one with {digest}")
    return content


def read_lines(name: str) -> list[str]:
    """The lines of a compressed text.

    >>> read_lines("names.txt.gz")[0]
    'mary F'
    """
    return gzip.decompress(read(name)).decode("ascii").splitlines()


def read_arrays(name: str) -> Parameters:
    """The arrays of a NumPy archive by name.

    >>> sorted(read_arrays("digits.npz"))
    ['images', 'labels']
    """
    with np.load(io.BytesIO(read(name)), allow_pickle=False) as archive:
        return dict(archive)
