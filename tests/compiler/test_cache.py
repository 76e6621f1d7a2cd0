"""Machine code on disk: found again, never believed, never in the way."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from liuli import kept
from liuli.compiler import cache, machine
from liuli.compiler.graph import parse
from liuli.compiler.native import Native, source_of
from liuli.compiler.targets import Target, named
from tests.compiler.native import AXPY
from tests.sources import PACKAGE, ROOT, module_name
from tests.sources import parse as parsed
from tests.test_floors import Imports, modules_of

posix = pytest.mark.skipif(os.name == "nt", reason="users and rights of POSIX")
NAMES = [f"{i:064x}" for i in range(1, 9)]
CONTENT = {name: name.encode() * 50 for name in NAMES}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's own cache, which is switched on; it is not there yet."""
    monkeypatch.setenv("LIULI_CACHE", str(tmp_path / "c"))
    monkeypatch.delenv("LIULI_KERNEL_CACHE")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path / "c" / "kernels"


def file_of(folder: Path) -> Path:
    """The file of the first name, which is written."""
    cache.write({NAMES[0]: CONTENT[NAMES[0]]})
    return folder / NAMES[0]


def found() -> bool:
    """Whether the first name is found; if so, whole."""
    got = cache.read(NAMES[:1])
    assert got in ({}, {NAMES[0]: CONTENT[NAMES[0]]})
    return bool(got)


# --- what is kept ---------------------------------------------------------------------------------
def test_written_and_read(folder: Path) -> None:
    assert cache.read(NAMES) == {}
    assert not folder.exists()
    cache.write(CONTENT)
    assert cache.read(NAMES) == CONTENT
    assert cache.read(["f" * 64, NAMES[2]]) == {NAMES[2]: CONTENT[NAMES[2]]}
    assert sorted(os.listdir(folder)) == NAMES


@posix
def test_for_the_owner_only(folder: Path) -> None:
    path = file_of(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(CONTENT)
    monkeypatch.setenv("LIULI_KERNEL_CACHE", "0")
    assert cache.read(NAMES) == {}
    cache.write({"a" * 64: b"x"})
    assert sorted(os.listdir(folder)) == NAMES


def test_other_tests_keep_nothing() -> None:
    assert not cache.switched_on()


# --- damaged files --------------------------------------------------------------------------------
def test_every_length_is_refused(folder: Path) -> None:
    path = file_of(folder)
    whole = path.read_bytes()
    for length in [*range(0, 80), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert not found()
    path.write_bytes(whole + b"\0")
    assert not found()
    path.write_bytes(whole)
    assert found()


def test_every_flipped_byte_is_noticed(folder: Path) -> None:
    path = file_of(folder)
    whole = path.read_bytes()
    for place in [*range(0, 120), len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not found()


def test_another_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file_of(folder)
    monkeypatch.setattr(kept, "MAGIC", b"liuli kept file 2\n")
    assert not found()
    file_of(folder)
    assert found()


def test_a_file_under_another_name(folder: Path) -> None:
    file_of(folder).rename(folder / NAMES[1])
    assert cache.read(NAMES) == {}


def test_a_huge_file_is_not_read(folder: Path) -> None:
    path = file_of(folder)
    with open(path, "r+b") as file:
        file.truncate(2**40)
    assert not found()


# --- whom to trust --------------------------------------------------------------------------------
@posix
@pytest.mark.parametrize("mode", [0o701, 0o770, 0o777, 0o750])
def test_a_folder_open_to_others(folder: Path, mode: int) -> None:
    file_of(folder)
    folder.chmod(mode)
    assert not found()
    cache.write({"a" * 64: b"x"})
    assert os.listdir(folder) == NAMES[:1]


@posix
def test_a_file_that_others_can_write(folder: Path) -> None:
    file_of(folder).chmod(0o622)
    assert not found()


@posix
def test_another_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file_of(folder)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not found()
    cache.write({"a" * 64: b"x"})
    assert os.listdir(folder) == NAMES[:1]


@posix
def test_another_users_file(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    path = file_of(folder)
    os.chown(path, 12345, 12345)
    assert not found()


@posix
def test_links_are_refused(folder: Path, tmp_path: Path) -> None:
    path = file_of(folder)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert not found()
    path.unlink()
    (tmp_path / "elsewhere").rename(path)
    assert found()
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved", target_is_directory=True)
    assert not found()


@posix
def test_a_pipe_does_not_keep_us_waiting(folder: Path) -> None:
    path = file_of(folder)
    path.unlink()
    os.mkfifo(path)
    assert not found()


def test_a_folder_for_a_file(folder: Path) -> None:
    path = file_of(folder)
    path.unlink()
    path.mkdir()
    assert not found()
    cache.write(CONTENT)
    assert len(cache.read(NAMES)) < len(NAMES)
    assert not [name for name in os.listdir(folder) if name.endswith(".tmp")]


def test_on_windows(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By paths, in the user's profile only, and through no link."""
    monkeypatch.setattr(kept, "_WINDOWS", True)
    cache.write(CONTENT)
    assert cache.read(NAMES) == CONTENT
    assert sorted(os.listdir(folder)) == NAMES
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "profile")
    assert cache.read(NAMES) == {}
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder.rename(tmp_path / "moved")
    try:
        folder.symlink_to(tmp_path / "moved", target_is_directory=True)
    except OSError:
        pytest.skip("links need a right here")
    assert cache.read(NAMES) == {}


# --- when it is impossible ------------------------------------------------------------------------
def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    folder.parent.write_text("in the way", encoding="utf-8")
    cache.write(CONTENT)
    assert cache.read(NAMES) == {}


def test_without_a_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    for name in ("LIULI_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cache.write(CONTENT)
    assert cache.read(NAMES) == {}


@pytest.mark.parametrize("call", ["mkdir", "open", "replace", "scandir", "fstat", "unlink"])
def test_the_system_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A read-only disk, a full one, no rights: the cache does less, and says nothing."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        cache.write(CONTENT)
        assert cache.read(NAMES).items() <= CONTENT.items()
    cache.write(CONTENT)
    assert cache.read(NAMES) == CONTENT


@pytest.mark.skipif(sys.platform != "linux", reason="needs the limit of Linux")
def test_a_disk_that_is_full(folder: Path) -> None:
    """The file ends in the middle of a write: nothing of it is left."""
    program = """
        import os, resource, signal
        from liuli import kept
        from liuli.compiler import cache
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        cache.write({"a" * 64: b"x" * 500, "b" * 64: b"x" * 5000})
        print(sorted(os.listdir(kept.cache_dir() / "kernels")) == ["a" * 64])
        print(cache.read(["a" * 64]) == {"a" * 64: b"x" * 500})
    """
    assert in_a_process(program) == "True\nTrue\n"


def in_a_process(program: str) -> str:
    """What a program prints."""
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout


def test_writers_at_once(folder: Path) -> None:
    wrong: list[object] = []

    def work() -> None:
        for _ in range(20):
            cache.write(CONTENT)
            wrong.extend(set(cache.read(NAMES).items()) - set(CONTENT.items()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache.read(NAMES) == CONTENT
    assert sorted(os.listdir(folder)) == NAMES


# --- how much -------------------------------------------------------------------------------------
def test_the_least_used_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(CONTENT)
    for age, name in enumerate(NAMES):
        os.utime(folder / name, (1.7e9 - 1000 * age, 1.7e9 - 1000 * age))
    monkeypatch.setattr(kept, "MOST", 8 * 4096)
    cache.write({"1" * 64: CONTENT[NAMES[0]]})  # not every write looks
    assert len(os.listdir(folder)) == 9
    cache.write({f"{9:064x}": CONTENT[NAMES[0]]})
    assert sorted(os.listdir(folder)) == sorted([*NAMES[:4], f"{9:064x}", "1" * 64])


def test_reading_counts_as_use(folder: Path) -> None:
    path = file_of(folder)
    os.utime(path, (1e9, 1e9))
    assert found()
    assert path.stat().st_mtime > 1.5e9


def test_left_overs_go(folder: Path) -> None:
    file_of(folder)
    for name, age in ((".1-a.tmp", 1e9), (".1-b.tmp", 4e9)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (age, age))
    cache.write({NAMES[1]: b"x"})
    assert sorted(os.listdir(folder)) == [".1-b.tmp", *NAMES[:2]]


def test_what_is_too_large_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", 100)
    cache.write({NAMES[0]: b"x" * 101, NAMES[1]: b"x" * 100})
    assert os.listdir(folder) == NAMES[1:2]


# --- whole programs -------------------------------------------------------------------------------
GRAPH = """graph f
  input  %0 float32[40,30]  x
  input  %1 float32[30,20]  w
  %2 float32[40,20] = contract(%0, %1, labels='ab,bc->ac')
  %3 float32[40,20] = exp(%2)
  %4 float32[40] = sum(%3, axes=(1,), keepdims=False)
  return %4
"""


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it makes the process forget its code, as a new one would."""
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(machine._Cache, "addresses", {})
    return lambda: monkeypatch.setattr(machine._Cache, "addresses", {})


def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kernels that a program of GRAPH compiles; it is right, wherever its code is from."""
    compiled: list[str] = []
    emit = machine.emit_objects

    def noting(texts: dict[str, str], target: Target) -> dict[str, bytes]:
        compiled.extend(texts)
        return emit(texts, target)

    with monkeypatch.context() as patch:
        patch.setattr(machine, "emit_objects", noting)
        x, w = np.ones((40, 30), np.float32), np.full((30, 20), 0.1, np.float32)
        (got,) = Native(parse(GRAPH)).run([x, w])
    np.testing.assert_allclose(got, 20 * np.exp(3.0), rtol=1e-5)
    return compiled


def test_the_second_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, forgetful: Callable[[], None]
) -> None:
    """Nothing is compiled, nor written, if all is there; what is damaged is made again."""
    first = made(monkeypatch)
    assert first and len(os.listdir(folder)) >= len(first)
    forgetful()
    with monkeypatch.context() as patch:
        patch.setattr("liuli.compiler.native.text_of", None)
        assert made(monkeypatch) == []
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"\x90")
    forgetful()
    assert made(monkeypatch) == first
    forgetful()
    assert made(monkeypatch) == []


def test_switched_off_it_is_compiled(
    monkeypatch: pytest.MonkeyPatch, forgetful: Callable[[], None]
) -> None:
    first = made(monkeypatch)
    forgetful()
    assert made(monkeypatch) == first


def test_another_maker_or_processor_has_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    digests = {machine._digest(AXPY, target) for target in (named("avx2"), named("sse2"))}
    monkeypatch.setattr(machine, "_maker", lambda: "llvmlite 0.0, LLVM 99")
    digests.add(machine._digest(AXPY, named("avx2")))
    monkeypatch.setattr(machine, "OPTIMISATION", 2)
    digests.add(machine._digest(AXPY, named("avx2")))
    assert len(digests) == 4


def test_what_is_not_readable_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the emitters' files, as in an archive, the text itself is the key."""
    pytest.importorskip("llvmlite")
    (kernel, *_) = [e.kernel for e in Native(parse(GRAPH)).schedule.entries if e.kernel]
    assert not isinstance(source_of(kernel, Target.host()), str)
    monkeypatch.setattr("liuli.compiler.native.fingerprint", lambda: "")
    assert f"define void @{kernel.name}(" in source_of(kernel, Target.host())


def test_the_fingerprint_follows_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("compiler/emit/a.py", "rng.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path)
    assert cache.fingerprint.__wrapped__() == ""  # written after they were loaded
    monkeypatch.setattr(cache, "_LOADED", math.inf)
    first = cache.fingerprint.__wrapped__()
    (tmp_path / "rng.py").write_text("x = 2\n", encoding="utf-8")
    assert first != cache.fingerprint.__wrapped__() != ""
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path / "nowhere")
    assert cache.fingerprint.__wrapped__() == ""


def test_the_fingerprint_has_all_that_emitters_import() -> None:
    known = {
        "liuli." + str(path.relative_to(PACKAGE).with_suffix("")).replace(os.sep, ".")
        for pattern in cache.WRITERS
        for path in PACKAGE.glob(pattern)
    }
    asked = set()
    for path in (PACKAGE / "compiler" / "emit").glob("*.py"):
        visitor = Imports(module_name(PACKAGE, path), False, frozenset(modules_of(PACKAGE)))
        visitor.visit(parsed(path))
        asked |= {found.target for found in visitor.found}
    assert "liuli.compiler.kernels" in asked
    assert asked <= known
