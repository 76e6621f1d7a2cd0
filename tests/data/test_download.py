"""Downloads from a mirror on this machine that fails in every way a network knows."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from liuli.data import download
from liuli.errors import FileError
from tests.data import mirror
from tests.sources import ROOT

SHA256 = hashlib.sha256(mirror.CONTENT).hexdigest()
REVERSED = hashlib.sha256(mirror.CONTENT[::-1]).hexdigest()
SIZE = len(mirror.CONTENT)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[mirror.Mirror]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with mirror.running() as running:
        yield running


def fetch(server: mirror.Mirror, folder: Path, *ways: str, **more: object) -> Path:
    options: dict[str, object] = {"sha256": SHA256, "size": SIZE, "timeout": 0.3, **more}
    return download.fetch("file.gz", [server.url(w) for w in ways], folder=folder, **options)  # type: ignore[arg-type]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("way", ["good", "unpacked"])
def test_a_whole_file_arrives(server: mirror.Mirror, tmp_path: Path, way: str) -> None:
    path = fetch(server, tmp_path / "new" / "folder", way)
    assert path.read_bytes() == mirror.CONTENT
    assert left(path.parent) == ["file.gz"]


def test_what_is_there_is_not_fetched_again(server: mirror.Mirror, tmp_path: Path) -> None:
    fetch(server, tmp_path, "good")
    fetch(server, tmp_path, "forbidden")
    assert server.asked == ["good"]


def test_a_damaged_file_is_fetched_again(server: mirror.Mirror, tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(mirror.CONTENT[:-1])
    assert fetch(server, tmp_path, "good").read_bytes() == mirror.CONTENT


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("forbidden", "HTTP 403 Forbidden"),
        ("silent", "timed out: nothing came for 0.3 seconds"),
        ("stuck", "timed out: nothing came for 0.3 seconds"),
        ("truncated", f"truncated: 1,000 of {SIZE:,} bytes came"),
        ("short", f"truncated: 1,000 of {SIZE:,} bytes came"),
        ("wrong", f"wrong checksum: {REVERSED[:12]}..., expected {SHA256[:12]}..."),
        ("endless", f"wrong file: longer than {SIZE:,} bytes"),
        ("page", "a web page came instead of the file"),
    ],
)
def test_failures_are_told_and_leave_nothing(
    server: mirror.Mirror, tmp_path: Path, way: str, reason: str
) -> None:
    with pytest.raises(FileError) as caught:
        fetch(server, tmp_path, way)
    assert caught.value.code == "LL939"
    message = str(caught.value)
    assert reason in message
    assert server.url(way) in message
    assert "liuli.data.digits()" in message and str(tmp_path) in message
    assert left(tmp_path) == []


def test_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with mirror.running() as gone:
        pass
    with pytest.raises(FileError, match=r"no connection: .*efused") as caught:
        fetch(gone, tmp_path, "good")
    assert "0x" not in str(caught.value)


def test_the_second_mirror_is_tried(server: mirror.Mirror, tmp_path: Path) -> None:
    path = fetch(server, tmp_path, "forbidden", "page", "stuck", "good", "wrong")
    assert path.read_bytes() == mirror.CONTENT
    assert server.asked == ["forbidden", "page", "stuck", "good"]
    assert left(tmp_path) == ["file.gz"]


def test_every_mirror_is_listed(server: mirror.Mirror, tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        fetch(server, tmp_path, "page", "forbidden")
    lines = str(caught.value).splitlines()
    assert "2 mirrors were tried" in lines[0]
    assert "/page/" in lines[1] and "/forbidden/" in lines[2] and "403" in lines[2]


def test_progress(server: mirror.Mirror, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetch(server, tmp_path, "good", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (SIZE, SIZE)
    assert sorted(seen) == seen and seen[0][0] < SIZE


def test_interrupted_leaves_nothing(server: mirror.Mirror, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server, tmp_path, "good", progress=interrupt)
    assert left(tmp_path) == []


def test_leftovers_of_the_dead_are_swept(server: mirror.Mirror, tmp_path: Path) -> None:
    old, new = tmp_path / "file.gz.abc.part", tmp_path / "file.gz.def.part"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    fetch(server, tmp_path, "good")
    assert left(tmp_path) == ["file.gz", new.name]


def test_a_folder_that_cannot_be_made(server: mirror.Mirror, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(FileError, match="taken cannot hold downloads") as caught:
        fetch(server, tmp_path / "taken", "good")
    assert caught.value.code == "LL942"
    assert "LIULI_CACHE" in str(caught.value)
    assert server.asked == []


def test_a_full_disk(
    server: mirror.Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"LL942.*No space left"):
        fetch(server, tmp_path, "good")
    assert left(tmp_path) == []


def test_two_processes_at_once(server: mirror.Mirror, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from liuli.data.download import fetch\n"
        f"p = fetch('file.gz', [{server.url('good')!r}], sha256={SHA256!r}, size={SIZE},"
        f" folder=Path({str(tmp_path)!r}))\n"
        "print(len(p.read_bytes()))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].split() for process in both] == [[b"%d" % SIZE]] * 2
    assert left(tmp_path) == ["file.gz"]
    assert (tmp_path / "file.gz").read_bytes() == mirror.CONTENT
