"""The user's folder for what can be made or fetched again: downloads, machine code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import FileError


def cache_dir() -> Path:
    """The user's folder for downloads and machine code, which need not exist yet.

    `LIULI_CACHE` if set; else liuli below %LOCALAPPDATA% (Windows), ~/Library/Caches (macOS),
    or $XDG_CACHE_HOME or ~/.cache. Errors: LL942 if there is no home folder.

    Example:
        >>> import liuli
        >>> liuli.data.cache_dir().name  # doctest: +SKIP
        'liuli'
    """
    own = named_folder("LIULI_CACHE")
    return _systems_cache() / "liuli" if own is None else own


def named_folder(variable: str) -> Path | None:
    """The folder that an environment variable names, if it does."""
    given = os.environ.get(variable, "").strip()
    return Path(os.path.expanduser(given)) if given else None  # which never fails, unlike Path's


def _systems_cache() -> Path:
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    given = named_folder(variable)
    if given is not None and given.is_absolute():  # the rule of the XDG base directories
        return given
    try:
        home = Path.home()
    except RuntimeError as error:
        raise FileError("LL942", folder="~", reason=str(error)) from None
    inside = {"win32": "AppData/Local", "darwin": "Library/Caches"}
    return home / inside.get(sys.platform, ".cache")
