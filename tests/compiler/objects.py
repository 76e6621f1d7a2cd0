"""A small reader of object files: which symbols they define, and which they ask for."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple


class Symbols(NamedTuple):
    """The names of an object file's symbols."""

    defined: set[str]
    asked: set[str]


def symbols(data: bytes) -> Symbols:
    """Those of an ELF, Mach-O or COFF file of 64 bits, little-endian."""
    kinds = {b"\x7fELF": _elf, b"\xcf\xfa\xed\xfe": _macho}
    found = list(kinds.get(data[:4], _coff)(data))
    return Symbols({name for name, there in found if there}, {n for n, there in found if not there})


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("ascii")


def _elf(data: bytes) -> Iterator[tuple[str, bool]]:
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + size * i) for i in range(count)]
    for section in sections:
        if section[1] == 2:  # a table of symbols
            names = sections[section[6]][4]
            for at in range(section[4] + 24, section[4] + section[5], 24):
                name, kind, _, where = struct.unpack_from("<IBBH", data, at)
                if name and kind & 15 != 4:  # 4: the name of a source file
                    yield _text(data, names + name), where != 0


def _macho(data: bytes) -> Iterator[tuple[str, bool]]:
    at = 32
    for _ in range(struct.unpack_from("<I", data, 16)[0]):
        command, length = struct.unpack_from("<II", data, at)
        if command == 2:  # a table of symbols
            first, count, names, _ = struct.unpack_from("<IIII", data, at + 8)
            for entry in range(first, first + 16 * count, 16):
                name, kind = struct.unpack_from("<IB", data, entry)
                yield _text(data, names + name), kind & 0x0E != 0
        at += length


def _coff(data: bytes) -> Iterator[tuple[str, bool]]:
    first, count = struct.unpack_from("<II", data, 8)
    names, left = first + 18 * count, 0
    for at in range(first, names, 18):
        if left:  # more about the symbol before
            left -= 1
            continue
        where, _, storage, left = struct.unpack_from("<hHBB", data, at + 12)
        zeros, offset = struct.unpack_from("<II", data, at)
        name = data[at : at + 8].rstrip(b"\0").decode("ascii") if zeros else ""
        if storage == 2 or where > 0:  # external, or in a section
            yield name or _text(data, names + offset), where != 0
