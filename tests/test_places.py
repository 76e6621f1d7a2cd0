"""Where the user's folder for downloads and machine code is, on each system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from liuli import places
from liuli.data.places import folders
from liuli.errors import FileError


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No variable names a folder; the home is /home-of-a-user."""
    for name in ("LIULI_CACHE", "LIULI_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: Path("home-of-a-user"))
    return monkeypatch


@pytest.mark.parametrize(
    ("system", "expected"),
    [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")],
)
def test_cache_of_each_system(bare: pytest.MonkeyPatch, system: str, expected: str) -> None:
    bare.setattr(sys, "platform", system)
    assert places.cache_dir() == Path("home-of-a-user", expected, "liuli")


def test_variables_that_name_the_cache(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setattr(sys, "platform", "linux")
    bare.setenv("XDG_CACHE_HOME", "relative")  # must be ignored
    assert places.cache_dir() == Path("home-of-a-user/.cache/liuli")
    bare.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert places.cache_dir() == tmp_path / "liuli"
    bare.setattr(sys, "platform", "win32")
    bare.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert places.cache_dir() == tmp_path / "local" / "liuli"
    bare.setenv("LIULI_CACHE", str(tmp_path / "own"))
    assert places.cache_dir() == tmp_path / "own"


def test_without_a_home(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    bare.setattr(Path, "home", homeless)
    with pytest.raises(FileError, match="home directory") as caught:
        places.cache_dir()
    assert caught.value.code == "LL942"
    bare.setenv("LIULI_DATA", str(tmp_path))
    assert list(folders("mnist")) == [tmp_path / "mnist", tmp_path]


def test_data_folder_comes_before_the_cache(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("LIULI_DATA", str(tmp_path))
    bare.setenv("LIULI_CACHE", str(tmp_path / "c"))
    assert list(folders("mnist")) == [
        tmp_path / "mnist",
        tmp_path,
        tmp_path / "c" / "mnist",
    ]
