"""The one reader and writer of our files: arrays and a plain JSON value in one safetensors file.

A file is `length` (8 bytes, little-endian), a JSON header of that length, and the bytes of the
arrays, in the order and with the offsets that the header tells. Every tool that reads
safetensors reads ours. What is ours stands in the header's `__metadata__`:

    liuli    JSON text: {"version": [1, 0], "meta": the plain value}
    sha256   of the whole file, with 64 zeros in place of the sum itself

Reading trusts nothing. Everything the header says is checked before memory is asked for, no code
runs, no other file is opened. Writing is atomic: whatever fails, and whenever the power goes, the
old file or the new one is there, whole.
"""

from __future__ import annotations

import errno
import itertools
import json
import math
import os
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np

from . import dtypes as dt
from .errors import FileError

__all__ = ["read_arrays", "write_arrays", "write_text_atomic"]

Array: TypeAlias = "np.ndarray[Any, Any]"
PathLike: TypeAlias = "str | os.PathLike[str]"

VERSION = (1, 0)  # a newer minor version can be read, a newer major one cannot
HEADER = 16 * 2**20  # bytes of a header; models have some kilobytes
VALUES = 1_000_000  # in one JSON text: they take about 100 times as much memory
DEPTH = 200  # of lists and objects in one another
NAME = 1_000  # letters of an array's name
AXES, WORD = 64, 2**62  # what NumPy can count
ZEROS = "0" * 64
METADATA = "__metadata__"

DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64",
    "I32": "int32", "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32",
    "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
CODES = {name: code for code, name in DTYPES.items()}


# --- reading --------------------------------------------------------------------------------------
def read_arrays(path: PathLike) -> tuple[dict[str, Array], Any]:
    """The arrays of a safetensors file by name, and the plain value that was saved with them.

    A file that another program wrote has no such value, which is None then. Reading takes no more
    memory than the file is long, and a fixed bound for its header.

    Errors: LL901 to LL905 for what is no such file; LL906 to LL918 for one that is damaged.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x.safetensors")
        >>> liuli.files.write_arrays(path, {"x": np.arange(3.0)}, {"epoch": 5})
        >>> liuli.files.read_arrays(path)
        ({'x': array([0., 1., 2.])}, {'epoch': 5})
    """
    where = Path(path)
    with _opened(where) as file:
        return read_stream(file, shown(where))


def read_stream(file: IO[bytes], path: str) -> tuple[dict[str, Array], Any]:
    """As read_arrays, from an open binary file; `path` is what messages call it."""
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    raw, header = _header(file, path, size)
    metadata = _metadata(header, path)
    entries = _entries(header, path, size - len(raw))
    digest = metadata.get("sha256", "")
    summed = _sha256(raw.replace(digest.encode(), ZEROS.encode(), 1) if digest else raw)
    arrays = {entry.name: _array(file, entry, summed.update, path) for entry in entries}
    if not metadata.keys() & {"liuli", "sha256"}:
        return arrays, None
    if summed.hexdigest() != digest:
        raise FileError("LL915", path=path, found=summed.hexdigest()[:12], expected=digest[:12])
    return {name: arrays[name] for name in header if name != METADATA}, _meta(metadata, path)


class _Entry(NamedTuple):
    """What the header says of one array."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file at `path`, open for reading; whatever the system objects to is a FileError."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError("LL902", path=shown(path))
        if not stat.S_ISREG(mode):  # a pipe or a device could keep us waiting for ever
            raise FileError("LL905", path=shown(path), kind="a device", fix="")
        with open(path, "rb") as file:
            yield file
    except FileError:
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise FileError("LL901", path=shown(path), near=_near(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise FileError("LL903", path=shown(path), error=_reason(error)) from None


def _near(path: Path) -> str:
    """A file of that folder with a similar name, or what else the user may look at."""
    from difflib import get_close_matches  # not loaded by `import liuli`

    try:
        names = sorted(os.listdir(path.parent))
    except (OSError, ValueError):
        return f"os.listdir({shown(path.parent.parent)!r})"
    same = [name for name in names if name.startswith(path.name + ".")]
    near = same or get_close_matches(path.name, names, 1)
    return shown(path.with_name(near[0])) if near else f"os.listdir({shown(path.parent)!r})"


def _header(file: IO[bytes], path: str, size: int) -> tuple[bytes, dict[str, Any]]:
    """The length and the header as they stand in the file, and what the header says."""
    if size == 0:
        raise FileError("LL904", path=path)
    first = _exactly(file, min(size, 512), path)
    kind, fix = _kind(first)
    if kind:
        raise FileError("LL905", path=path, kind=kind, fix=fix)
    length = int.from_bytes(first[:8], "little")
    if length > min(size - 8, HEADER):
        raise FileError("LL908", path=path, length=length, limit=min(size - 8, HEADER))
    file.seek(-len(first), os.SEEK_CUR)
    raw = _exactly(file, 8 + length, path)
    header = parse(raw[8:], path)
    if not isinstance(header, dict):
        raise FileError("LL909", path=path, error=f"{type(header).__name__}, not an object")
    return raw, header


def _exactly(file: IO[bytes], count: int, path: str) -> bytes:
    data = file.read(count)
    if len(data) != count:  # it was cut while it was read
        raise FileError("LL907", path=path, expected=count, found=len(data))
    return data


_OTHERS = (
    (b"\x93NUMPY", "NumPy .npy", "np.load(path)"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 (.h5)", ""),
    (b"\x1f\x8b", "gzip (.gz)", ""),
    (b"GGUF", "GGUF", ""),
    (b"version https://git-lfs", "Git LFS pointer", "git lfs pull"),
)
_PYTORCH = "safetensors.torch.save_file(model.state_dict(), path)"
_HTML = (b"<!doctype html", b"<html", b"<?xml")


def _kind(first: bytes) -> tuple[str, str]:
    """What a file is if it is no safetensors file, and what to do about it."""
    if first[8:9] == b"{":
        return "", ""
    if first.startswith(b"PK\x03\x04"):
        name = first[30 : 30 + int.from_bytes(first[26:28], "little")]
        if name.endswith(b".npy"):
            return "NumPy .npz", "np.load(path)"
        return ("PyTorch (.pt)", _PYTORCH) if b"/" in name else ("ZIP", "")
    if first[:1] == b"\x80" and first[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle (.pkl, .pt)", _PYTORCH
    for magic, kind, fix in _OTHERS:
        if first.startswith(magic):
            return kind, fix
    if first.lstrip().lower().startswith(_HTML):
        return "HTML", ""
    if all(byte >= 32 or byte in b"\t\n\r" for byte in first):
        return "text", ""
    return f"binary ({first[:8].hex(' ')})", ""


def parse(text: bytes, path: str) -> Any:
    """JSON, after a look at how much of it there is: no depth and no amount can hurt."""
    # Without these, every quote begins or ends a string.
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    values, depth = plain.count(b'"') // 2, 1
    if values <= VALUES:
        bare = b"".join(plain.split(b'"')[::2])  # what is outside strings
        values = sum(map(bare.count, (b",", b":", b"[", b"{")))
        brackets = np.frombuffer(bare.translate(_SIDES, _NO_BRACKETS), np.int8)[: 4 * VALUES]
        depth = int(np.cumsum(brackets, dtype=np.int32).max(initial=0))
    if depth > DEPTH or values > VALUES:
        raise FileError("LL928", path=path, depth=depth, values=values, most=VALUES, deepest=DEPTH)
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise FileError("LL909", path=path, error=error) from None


_SIDES = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # +1 and -1
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{quoted(twice)} stands there twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > 20:  # more than 64 bits, and long ones take quadratic time
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _metadata(header: dict[str, Any], path: str) -> dict[str, str]:
    metadata = header.get(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(x, str) for x in metadata.values()):
        raise FileError("LL909", path=path, error=f"{METADATA} is not text by name")
    return metadata


def _meta(metadata: dict[str, str], path: str) -> Any:
    """The plain value of a file whose sum is right."""
    ours = parse(metadata.get("liuli", "").encode("utf-8", "replace"), path)
    if not isinstance(ours, dict) or "meta" not in ours:
        raise FileError("LL906", path=path, place="liuli")
    version = ours.get("version")
    if not (isinstance(version, list) and len(version) == 2 and {*map(type, version)} == {int}):
        raise FileError("LL906", path=path, place="version")
    if version[0] > VERSION[0]:
        raise FileError("LL917", path=path, found=".".join(map(str, version)), known=VERSION[0])
    return ours["meta"]


def _entries(header: dict[str, Any], path: str, size: int) -> list[_Entry]:
    """The arrays in the order of their bytes, which follow one another from 0 to `size`."""
    found = [_entry(name, x, path) for name, x in header.items() if name != METADATA]
    found.sort(key=lambda entry: (entry.begin, entry.end))
    end = 0
    for entry in found:
        if entry.begin != end:
            raise FileError("LL913", path=path, name=quoted(entry.name), begin=entry.begin,
                            end=end)  # fmt: skip
        end = entry.end
    if end != size:
        raise FileError("LL907", path=path, expected=end, found=size)
    return found


def _entry(name: str, said: Any, path: str) -> _Entry:
    """What the header says of one array, if it makes sense by itself."""
    if not name_is_sound(name):
        raise FileError("LL916", path=path, name=quoted(name))
    well = isinstance(said, dict) and said.keys() == {"dtype", "shape", "data_offsets"}
    if not well or not (_counts(said["shape"]) and _counts(said["data_offsets"])):
        raise FileError("LL914", path=path, name=quoted(name), entry=quoted(said))
    if said["dtype"] not in DTYPES:
        raise FileError("LL910", path=path, name=quoted(name), dtype=quoted(said["dtype"]),
                        known=" ".join(DTYPES))  # fmt: skip
    shape, offsets = tuple(said["shape"]), said["data_offsets"]
    dtype = _dtype(said["dtype"])
    need = math.prod(shape) * dtype.itemsize
    widest = math.prod(n or 1 for n in shape) * dtype.itemsize
    if len(shape) > AXES or widest > WORD or len(offsets) != 2:
        raise FileError("LL914", path=path, name=quoted(name), entry=quoted(said))
    if offsets[1] - offsets[0] != need:
        raise FileError("LL911", path=path, name=quoted(name), shape=shape, dtype=said["dtype"],
                        need=need, have=offsets[1] - offsets[0])  # fmt: skip
    return _Entry(name, dtype, shape, offsets[0], offsets[1])


def _counts(x: Any) -> bool:
    return isinstance(x, list) and all(type(n) is int and 0 <= n <= WORD for n in x)


def name_is_sound(name: str) -> bool:
    """Whether an array may be called so. A name is never a path, so `../x` is as good as any."""
    half = any("\ud800" <= letter <= "\udfff" for letter in name)  # no character by itself
    return len(name) <= NAME and "\x00" not in name and name != METADATA and not half


def _dtype(code: str) -> np.dtype[Any]:
    name = DTYPES[code]
    return dt.bfloat16.numpy if name == "bfloat16" else np.dtype(name)


def _array(file: IO[bytes], entry: _Entry, summed: Callable[[Any], object], path: str) -> Array:
    """The next array, read into memory of its own."""
    words = np.empty(entry.shape, f"<u{entry.dtype.itemsize}")
    flat = words.reshape(-1).view(np.uint8)
    found, view = 0, flat.data
    while found < flat.size and (count := file.readinto(view[found:])):  # type: ignore[attr-defined]
        found += count
    if found != flat.size:  # it was cut while it was read
        raise FileError("LL907", path=path, expected=flat.size, found=found)
    summed(flat.data)
    if entry.dtype == np.bool_ and flat.max(initial=0) > 1:
        raise FileError("LL918", path=path, name=quoted(entry.name), value=int(flat.max()))
    return words.astype(words.dtype.newbyteorder("="), copy=False).view(entry.dtype)


# --- writing --------------------------------------------------------------------------------------
def write_arrays(
    path: PathLike, arrays: Mapping[str, Array], meta: Any = None, *, keep_previous: bool = False
) -> None:
    """Write arrays by name, and a plain JSON value, as one file that replaces the old one at once.

    With `keep_previous` the old file is kept as `path` + ".previous".

    Errors: LL902 and LL919 to LL922 if it cannot be written; LL916, LL923 and LL928 for what has
    no place in such a file. The old file is untouched then.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x.safetensors")
        >>> liuli.files.write_arrays(path, {"x": np.ones(2, np.float32)})
        >>> liuli.files.read_arrays(path)[0]
        {'x': array([1., 1.], dtype=float32)}
    """
    _write(Path(path), encoded(arrays, meta, shown(path)), keep_previous)


def write_text_atomic(path: PathLike, text: str) -> None:
    """Write text in UTF-8, with the old file or the new one there at every moment.

    Errors: LL902, and LL919 to LL922 if it cannot be written; the old file is untouched then.

    Example:
        >>> import os, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "results.json"
        >>> liuli.files.write_text_atomic(path, "{}")
        >>> path.read_text(encoding="utf-8")
        '{}'
    """
    _write(Path(path), [text.encode("utf-8", "replace")], False)


def encoded(arrays: Mapping[str, Array], meta: Any, path: str) -> list[Any]:
    """The parts of a file, to be written one after another."""
    # Wide numbers first: then every array begins at a multiple of its item's size.
    names = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    header: dict[str, Any] = {METADATA: {"format": "pt", "liuli": _spelled(meta, path),
                                         "sha256": ZEROS}}  # fmt: skip
    header |= dict.fromkeys(arrays)  # in the order that the caller has them in
    offset = 0
    for name in names:
        code, size = CODES.get(arrays[name].dtype.name), arrays[name].nbytes
        if code is None:
            raise FileError("LL923", path=path, name=quoted(name), dtype=arrays[name].dtype)
        if not name_is_sound(name):
            raise FileError("LL916", path=path, name=quoted(name))
        shape = list(arrays[name].shape)
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    parse(text, path)  # what we write, we can read
    if len(text) > HEADER:
        raise FileError("LL908", path=path, length=len(text), limit=HEADER)
    head = len(text).to_bytes(8, "little") + text
    summed = _sha256(head)
    data = [_words(arrays[name]) for name in names]
    for part in data:
        summed.update(part)
    return [head.replace(ZEROS.encode(), summed.hexdigest().encode(), 1), *data]


def _spelled(meta: Any, path: str) -> str:
    """The plain value as text. It has Python's words for what JSON has none for: NaN, Infinity."""
    text = json.dumps({"version": list(VERSION), "meta": meta}, separators=(",", ":"))
    parse(text.encode("ascii"), path)
    return text


def _words(array: Array) -> memoryview:
    """The bytes of an array in the file's order: row by row, little-endian."""
    native = array.astype(array.dtype.newbyteorder("=")) if not array.dtype.isnative else array
    words = np.asarray(native, order="C").view(f"u{array.dtype.itemsize}")
    little = words.astype(words.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view(np.uint8).data


class System:
    """The calls that change the disk, in one place: the tests make each of them fail."""

    windows = os.name == "nt"
    fsync = staticmethod(os.fsync)
    link = staticmethod(os.link)
    pause = staticmethod(time.sleep)
    remove = staticmethod(os.remove)
    rename = staticmethod(os.replace)

    @staticmethod
    def create(path: Path) -> IO[bytes]:
        """A new file, open for writing; an error if there is one already."""
        return open(path, "xb", buffering=0)

    @staticmethod
    def write(file: IO[bytes], data: Any) -> int:
        """Write some of the bytes, and return how many."""
        return file.write(data)


def _write(path: Path, parts: list[Any], keep_previous: bool) -> None:
    """Write a temporary file beside `path`, make sure of it, and put it in the place of `path`."""
    try:
        if path.is_symlink():
            path = Path(os.path.realpath(path))  # the link stays, the file is replaced
        if path.is_dir():
            raise FileError("LL902", path=shown(path))
        with _temporary(path.parent) as new:
            with System.create(new) as file:
                for part in parts:
                    _all_of(file, part)
                System.fsync(file.fileno())
            if keep_previous and path.exists():
                _keep(path, path.with_name(path.name + ".previous"))
            _put(new, path)
        _settle(path.parent)
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise refused(path, error) from None


def _all_of(file: IO[bytes], data: Any) -> None:
    view = memoryview(data)
    while len(view):
        view = view[System.write(file, view) :]


def _keep(path: Path, previous: Path) -> None:
    """Keep the file at `path` as `previous` too; it is never missing in between."""
    with _temporary(path.parent) as spare:
        try:
            System.link(path, spare)
        except OSError:  # a file system without links, such as that of a USB stick
            with open(path, "rb") as old, System.create(spare) as copy:
                for part in iter(lambda: old.read(2**20), b""):
                    _all_of(copy, part)
                System.fsync(copy.fileno())
        _put(spare, previous)


def _put(source: Path, target: Path) -> None:
    """Rename; Windows refuses for a moment while a virus scanner looks at one of the two."""
    for seconds in (0.01, 0.05, 0.2, 0.5) if System.windows else ():
        try:
            return System.rename(source, target)
        except PermissionError:
            System.pause(seconds)
    System.rename(source, target)


def _settle(folder: Path) -> None:
    """Make sure of the renames, where the system can."""
    if System.windows:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        System.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # it cannot
            raise
    finally:
        os.close(handle)


def refused(path: Path, error: OSError | ValueError) -> FileError:
    """The error for what the system said when a file was written."""
    number, name = getattr(error, "errno", None), shown(path)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return FileError("LL919", path=name, folder=shown(path.parent))
    if number in (errno.ENOSPC, getattr(errno, "EDQUOT", None)) and number is not None:
        return FileError("LL920", path=name)
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FileError("LL921", path=name, error=_reason(error))
    return FileError("LL922", path=name, error=_reason(error))


# --- temporary files ------------------------------------------------------------------------------
TOKEN = os.urandom(4).hex()  # this process: in a container its number may be used again
_count = itertools.count()


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A name in `folder` for a file that is gone afterwards, unless it was renamed."""
    path = folder / f".liuli-{os.getpid()}-{TOKEN}-{next(_count)}.tmp"
    try:
        yield path
    finally:
        with suppress(OSError, ValueError):
            System.remove(path)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files of processes that were killed while they wrote."""
    for path in folder.glob(".liuli-*-*-*.tmp"):
        _, number, token, _ = path.name.split("-")
        own = number == str(os.getpid())
        dead = token != TOKEN if own else not (number.isdecimal() and runs(int(number)))
        if dead:
            with suppress(OSError):
                System.remove(path)


def runs(pid: int) -> bool:
    """Whether there is a process of that number."""
    if sys.platform == "win32":
        return _runs_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    return pid > 0


def _runs_on_windows(pid: int) -> bool:
    """There os.kill would end the process, so it is opened and asked."""
    import ctypes

    kernel: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    may_ask, still_active = 0x1000, 259
    handle = kernel.OpenProcess(may_ask, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == still_active


def _sha256(start: bytes) -> Any:
    """A sum over what it is updated with, beginning with `start`."""
    from hashlib import sha256  # not loaded by `import liuli`

    return sha256(start)


# --- words ----------------------------------------------------------------------------------------
def quoted(x: object) -> str:
    """What a file says, made safe to print: short, and without control characters."""
    text = ascii(x)
    return text if len(text) <= 80 else text[:77] + "..."


def shown(path: PathLike) -> str:
    """A path as a console can print it."""
    return os.fspath(path).encode("utf-8", "replace").decode("utf-8").replace("\x00", "\\0")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
