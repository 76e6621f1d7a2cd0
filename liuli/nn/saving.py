"""save and load: tensors, models and whatever contains them, in one safetensors file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import Any

from .. import files
from ..devices import Device, require
from ..errors import ArgumentError
from .packing import pack
from .unpacking import unpack

__mirrors__ = "torch"


def save(obj: Any, f: Any) -> None:
    """Write an object to the file `f`: a path, or an open binary file.

    The object may be a tensor, a module, a plain value, or lists, tuples and dicts of such, also a
    `state_dict()` of a model or an optimizer. What shares memory shares it again after `load`. A
    path is written at once or not at all: the old file stays until the new one is whole. The file
    can be read by everything that reads safetensors; there is no pickle in it.

    Errors: LL900 if the two are swapped, LL924 names the place of what cannot be
    saved, LL919 to LL922 say why nothing can be written.

    Example:
        >>> import os, tempfile
        >>> from liuli import nn
        >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> model = nn.Linear(2, 3)
        >>> liuli.save({"epoch": 5, "model": model.state_dict()}, path)
        >>> sorted(liuli.load(path)["model"])
        ['bias', 'weight']
    """
    paths = isinstance(obj, (str, os.PathLike)), isinstance(f, (str, os.PathLike))
    if paths == (True, False) and not hasattr(f, "write"):
        raise ArgumentError("LL900", path=os.fspath(obj))
    arrays, meta = pack(obj)
    if isinstance(f, (str, os.PathLike)):
        files.write_arrays(f, arrays, meta)
    else:
        for part in files.encoded(arrays, meta, _name(f)):
            f.write(part)


def load(
    f: Any, map_location: Any = None, *, classes: Iterable[type] = (), weights_only: bool = True,
    mmap: bool | None = None,
) -> Any:  # fmt: skip
    """The object that `save` wrote to `f`: a path, or an open binary file.

    Modules of Liuli are built by name. Classes of your own are passed as `classes`, because a file
    never brings code with it: whatever is in a file, reading it runs none, opens no other file and
    takes no more memory than the file is long. A safetensors file of another program is a dict of
    tensors. `map_location` must name the CPU; `weights_only` and `mmap` change nothing.

    Errors: LL901 to LL918 for what cannot be read, LL925 for a class that must be passed.

    Example:
        >>> import os, tempfile
        >>> from liuli import nn
        >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> liuli.save(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), path)
        >>> liuli.load(path)
        Sequential(
          (0): Linear(in_features=2, out_features=3, bias=True)
          (1): ReLU()
        )
    """
    if isinstance(map_location, (str, Device)):
        require(map_location)
    if isinstance(f, (str, os.PathLike)):
        arrays, meta = files.read_arrays(f)
    else:
        stream = f if getattr(f, "seekable", bool)() else io.BytesIO(f.read())
        arrays, meta = files.read_stream(stream, _name(f))
    return unpack(arrays, meta, _name(f), classes)


def _name(f: Any) -> str:
    """What messages call the file."""
    return files.shown(f if isinstance(f, (str, os.PathLike)) else str(getattr(f, "name", "file")))
