"""The format of messages between the parent and a worker: a length, JSON, then the raw bytes of arrays.

Needs the standard library and NumPy alone, because the worker loads this file without the rest of the tutor.
Nothing that comes in is trusted: types, sizes and nesting are checked, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER_LIMIT = 4 << 20  #: bytes of JSON in one message
PAYLOAD_LIMIT = 256 << 20  #: bytes of array data in one message
DEPTH_LIMIT = 60
#: Besides these, text of fixed width (<U5).
DTYPES = ("|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16")
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
PREFIX = struct.Struct("<IQ")


class WireError(Exception):
    """What came over the pipe is not a message, or is larger than a message may be."""


@dataclass(frozen=True)
class Unsendable:
    """Stands where a value was that cannot be sent."""

    type_name: str


class _Encoder:
    """Turns a value into JSON, with its arrays and functions set aside in order."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray[Any, Any]] = []
        self.callables: list[Callable[..., Any]] = []
        self.unsendable: list[str] = []

    def encode(self, value: Any, depth: int = 0) -> Any:
        if value is None or type(value) in (bool, str, float):
            return value
        if type(value) is int:
            # Longer numbers run into Python's limit on digits when they are read.
            return value if value.bit_length() <= 4096 else self._unsendable("int of more than 4096 bits")
        if depth > DEPTH_LIMIT:
            return self._unsendable("structure nested too deeply")
        if isinstance(value, np.ndarray | np.generic):
            return self._array(value)
        if isinstance(value, complex):
            return ["c", value.real, value.imag]
        if isinstance(value, dict):
            return ["d", *([self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items())]
        for mark, kind in (("l", list), ("t", tuple), ("s", set), ("s", frozenset)):
            if isinstance(value, kind):
                return [mark, *(self.encode(part, depth + 1) for part in value)]
        if isinstance(value, np.random.Generator):
            return [
                "g",
                type(value.bit_generator).__name__,
                self.encode(value.bit_generator.state, depth + 1),
            ]
        if isinstance(value, Unsendable):
            return self._unsendable(value.type_name)
        for basic in (bool, int, float, str):
            if isinstance(value, basic):
                return basic(value)
        if callable(value):
            self.callables.append(value)
            return ["f", len(self.callables) - 1, type(value).__name__]
        return self._unsendable(type(value).__name__)

    def _unsendable(self, type_name: str) -> Any:
        self.unsendable.append(type_name)
        return ["?", type_name]

    def _array(self, value: Any) -> Any:
        array = np.asarray(value, order="C")
        if array.dtype.kind in "biufcU":
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if not _sendable(array.dtype.str):
            return self._unsendable(f"array of dtype {array.dtype}")
        self.arrays.append(array)
        return ["n" if isinstance(value, np.generic) else "a", len(self.arrays) - 1]


def _sendable(dtype: str) -> bool:
    return dtype in DTYPES or (dtype.startswith("<U") and dtype[2:].isdecimal() and dtype != "<U0")


@dataclass(frozen=True)
class Packed:
    """A message ready to be written: its chunks in order, and what could not travel as data."""

    chunks: list[bytes | memoryview]
    callables: list[Callable[..., Any]]
    unsendable: list[str]


def pack(message: Any) -> Packed:
    """A message as bytes.

    A message is made of None, bool, int, float, str, complex, list, tuple, dict, set, arrays, NumPy scalars
    and generators; functions travel as numbers; anything else arrives as `Unsendable`. Raises WireError when
    it is larger than the limits.
    """
    encoder = _Encoder()
    tree = encoder.encode(message)
    arrays = encoder.arrays
    described = [[array.dtype.str, list(array.shape)] for array in arrays]
    header = json.dumps({"tree": tree, "arrays": described}).encode()
    payload = sum(array.nbytes for array in arrays)
    if len(header) > HEADER_LIMIT or payload > PAYLOAD_LIMIT:
        raise WireError(f"a result of {(len(header) + payload) / 1e6:.0f} MB")
    chunks: list[bytes | memoryview] = [PREFIX.pack(len(header), payload), header]
    chunks += [array.reshape(-1).view(np.uint8).data for array in arrays if array.nbytes]
    return Packed(chunks, encoder.callables, encoder.unsendable)


def frame_size(start: bytes | bytearray) -> int | None:
    """Bytes of the message that begins with `start`, or None while that is unknown.

    Raises WireError above the limits.
    """
    if len(start) < PREFIX.size:
        return None
    header, payload = PREFIX.unpack_from(start)
    if header > HEADER_LIMIT or payload > PAYLOAD_LIMIT:
        raise WireError("a message larger than the limit")
    return int(PREFIX.size + header + payload)


@dataclass(frozen=True)
class Frame:
    """A message as it came. `value` builds it anew each time, arrays included."""

    tree: Any
    arrays: tuple[np.ndarray[Any, Any], ...]

    @classmethod
    def parse(cls, frame: bytes | bytearray) -> Frame:
        """Raises WireError unless the frame describes exactly the bytes that it holds."""
        try:
            header, _ = PREFIX.unpack_from(frame)
            described = json.loads(bytes(frame[PREFIX.size : PREFIX.size + header]))
            at, arrays = PREFIX.size + header, []
            for dtype, shape in described["arrays"]:
                if type(dtype) is not str or not _sendable(dtype):
                    raise WireError(f"an array of dtype {dtype!r}")
                if len(shape) > 32 or not all(type(size) is int and size >= 0 for size in shape):
                    raise WireError(f"an array of shape {shape!r}")
                count = 1
                for size in shape:
                    count *= size
                kind = np.dtype(dtype)
                if at + count * kind.itemsize > len(frame):
                    raise WireError("an array that is not there")
                flat = np.frombuffer(frame, kind, count, at)
                if kind.kind == "U" and count and flat.view("<u4").max() > 0x10FFFF:
                    raise WireError("text that is none")
                arrays.append(flat.reshape(shape))
                at += count * kind.itemsize
            if at != len(frame):
                raise WireError("more bytes than it describes")
            return cls(described["tree"], tuple(arrays))
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError, struct.error) as error:
            raise WireError(f"a malformed message ({type(error).__name__})") from None

    def value(self, proxy: Callable[[int, str], Any] | None = None) -> Any:
        """The message. Raises WireError when the tree is malformed.

        - proxy: makes the function of a given number and name; without it functions come as `Unsendable`
        """
        try:
            return self._decode(self.tree, proxy)
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            raise WireError(f"a malformed message ({type(error).__name__})") from None

    def _decode(self, tree: Any, proxy: Callable[[int, str], Any] | None) -> Any:
        if not isinstance(tree, list):
            if isinstance(tree, dict):
                raise WireError("a malformed message")
            return tree
        mark, *parts = tree
        if mark in ("a", "n"):
            array = self.arrays[parts[0]].copy()
            return array[()] if mark == "n" else array
        if mark == "d":
            return {self._decode(key, proxy): self._decode(value, proxy) for key, value in parts}
        if mark == "l":
            return [self._decode(part, proxy) for part in parts]
        if mark == "t":
            return tuple(self._decode(part, proxy) for part in parts)
        if mark == "s":
            return {self._decode(part, proxy) for part in parts}
        if mark == "c":
            return complex(*parts)
        if mark == "g" and parts[0] in BIT_GENERATORS:
            bits = getattr(np.random, parts[0])()
            bits.state = self._decode(parts[1], proxy)
            return np.random.Generator(bits)
        if mark == "f":
            return proxy(parts[0], parts[1]) if proxy else Unsendable(str(parts[1]))
        if mark == "?":
            return Unsendable(str(parts[0]))
        raise WireError(f"the unknown mark {mark!r}")
