"""Arrays out of a dispatcher's `binarys`, which are Python pickles: read as data, never run.

A pickle is a small program that may call anything. This reader knows the few instructions by which numpy
writes an array, keeps every name it meets as a name, imports nothing and calls nothing; whatever is not
such an array is refused. (Python's pickle protocol 0 to 5: PEP 307, 3154, 574; numpy's state of an array:
`ndarray.__reduce__`, version 1: shape, dtype, order, bytes.)
"""

from __future__ import annotations

import base64
import binascii
import pickletools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 256 * 2**20  # bytes of one array
DEEPEST = 16  # of a dtype within a dtype


class NotAnArray(ValueError):
    """It is no plain array of numbers or texts as numpy writes it; the text says what was met instead."""


@dataclass(frozen=True)
class _Name:
    """Something the pickle would import; here it is only ever compared."""

    module: str
    name: str


@dataclass
class _Call:
    """Something the pickle would call, and the state it would give the result."""

    what: Any
    arguments: Any
    state: Any = None


_MARK = object()


def decode_array(text: str) -> NDArray[Any]:
    """The array in base64 of a pickle. Raises NotAnArray."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotAnArray("it is not whole base64") from None
    return read_array(raw)


def read_array(raw: bytes) -> NDArray[Any]:
    """The array that a pickle describes: numbers, texts, or a table of them. Raises NotAnArray."""
    try:
        return _array(_Stack().read(raw), 0)
    except NotAnArray:
        raise
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError) as error:
        raise NotAnArray(f"it cannot be read ({type(error).__name__})") from None


class _Stack:
    """The stack machine of a pickle, without the power to do anything."""

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self, raw: bytes) -> Any:
        for code, argument, _ in pickletools.genops(raw):
            if code.name == "STOP":
                return self._items.pop()
            self._step(code.name, argument)
        raise NotAnArray("it ends too early")

    def _step(self, code: str, argument: Any) -> None:
        items = self._items
        if code in _PLAIN:
            items.append(argument)
        elif code in _CONSTANTS:
            items.append(_CONSTANTS[code]())
        elif code in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._memo[argument] = items[-1]
        elif code == "MEMOIZE":
            self._memo[len(self._memo)] = items[-1]
        elif code in ("GET", "BINGET", "LONG_BINGET"):
            items.append(self._memo[argument])
        elif code == "MARK":
            items.append(_MARK)
        elif code == "GLOBAL":
            items.append(_Name(*argument.split(" ", 1)))
        elif code == "STACK_GLOBAL":
            name, module = items.pop(), items.pop()
            items.append(_Name(module, name))
        elif code in ("LIST", "DICT"):
            more = self._to_mark()
            items.append(more if code == "LIST" else dict(zip(more[::2], more[1::2], strict=True)))
        elif code in ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"):
            items.append(tuple(self._taken(code)))
        elif code in ("REDUCE", "NEWOBJ"):
            arguments = items.pop()
            items.append(_Call(items.pop(), arguments))
        elif code == "BUILD":
            state = items.pop()
            if not isinstance(items[-1], _Call):
                raise NotAnArray("it sets the state of what is no array")
            items[-1].state = state
        elif code in ("APPEND", "APPENDS"):
            more = [items.pop()] if code == "APPEND" else self._to_mark()
            items[-1].extend(more)
        elif code in ("SETITEM", "SETITEMS"):
            more = [items.pop(-2), items.pop()] if code == "SETITEM" else self._to_mark()
            items[-1].update(zip(more[::2], more[1::2], strict=True))
        elif code not in ("PROTO", "FRAME"):
            raise NotAnArray(f"it holds the instruction {code}")

    def _taken(self, code: str) -> list[Any]:
        if code == "TUPLE":
            return self._to_mark()
        count = int(code[-1])
        taken, self._items[-count:] = self._items[-count:], []
        return taken

    def _to_mark(self) -> list[Any]:
        at = len(self._items) - 1 - next(i for i, each in enumerate(reversed(self._items)) if each is _MARK)
        taken = self._items[at + 1 :]
        del self._items[at:]
        return taken


_PLAIN = frozenset(
    {
        "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING",
        "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "UNICODE", "BINUNICODE",
        "SHORT_BINUNICODE", "BINUNICODE8", "BYTEARRAY8",
    }
)  # fmt: skip
_CONSTANTS: dict[str, Any] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
}
_ARRAYS = frozenset({"numpy.core.multiarray", "numpy._core.multiarray"})
_BUFFERS = frozenset({"numpy.core.numeric", "numpy._core.numeric"})
_NUMERIC = frozenset("biufcSU?")


def _array(node: Any, depth: int) -> NDArray[Any]:
    if not isinstance(node, _Call) or not isinstance(node.what, _Name):
        raise NotAnArray("it describes something else than an array")
    if node.what.module in _BUFFERS and node.what.name == "_frombuffer":  # protocol 5
        data, kind, shape, order = node.arguments
        in_columns = order == "F"
    elif _makes_array(node.what) and isinstance(node.state, tuple):
        _, shape, kind, in_columns, data = node.state[:5]
    else:
        raise NotAnArray("it describes something else than an array")
    wanted = _dtype(kind, depth)
    raw = _as_bytes(data)
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise NotAnArray("its shape is none")
    if len(raw) > LARGEST:
        raise NotAnArray(f"it is larger than {LARGEST // 2**20} MB")
    return np.frombuffer(raw, dtype=wanted).reshape(shape, order="F" if in_columns else "C")


def _makes_array(what: _Name) -> bool:
    return what.module in _ARRAYS and what.name == "_reconstruct"


def _as_bytes(data: Any) -> bytes:
    """The bytes of an array; protocols before 3 write them as text through `_codecs.encode`."""
    if isinstance(data, bytes | bytearray):
        return bytes(data)
    if isinstance(data, _Call) and data.what == _Name("__builtin__", "bytes") and data.arguments == ():
        return b""
    if (
        isinstance(data, _Call)
        and data.what == _Name("_codecs", "encode")
        and isinstance(data.arguments, tuple)
        and data.arguments[1:] == ("latin1",)
    ):
        return str(data.arguments[0]).encode("latin1")
    raise NotAnArray("its elements are no plain bytes (objects are not read)")


def _dtype(node: Any, depth: int) -> np.dtype[Any]:
    if depth > DEEPEST:
        raise NotAnArray("its type is nested too deeply")
    if not (isinstance(node, _Call) and node.what == _Name("numpy", "dtype") and node.arguments):
        raise NotAnArray("its element type is none of numpy's")
    letters = node.arguments[0]
    if isinstance(letters, bytes):
        letters = letters.decode("ascii")
    # (version, byte order, subdtype, names, fields, size, alignment, flags)
    order, inner, names, fields, size = node.state[1:6]
    order = order.decode() if isinstance(order, bytes) else order
    if inner is not None:
        base, shape = inner
        return np.dtype((_dtype(base, depth + 1), tuple(shape)))
    if names:
        parts = {key: fields[key] for key in names}
        return np.dtype(
            {
                "names": [str(name) for name in names],
                "formats": [_dtype(parts[name][0], depth + 1) for name in names],
                "offsets": [int(parts[name][1]) for name in names],
                "itemsize": int(size),
            }
        )
    if not isinstance(letters, str) or letters[:1] not in _NUMERIC:
        raise NotAnArray("its elements are neither numbers nor texts")
    read = np.dtype(letters)
    if order == ">":
        return read.newbyteorder(">")
    return read.newbyteorder("<") if order == "<" else read
