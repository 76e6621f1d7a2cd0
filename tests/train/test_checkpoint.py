"""Checkpoints: the newest whole one is always found, and numbers never go back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import liuli
from liuli import files
from liuli.errors import FileError, TrainingError
from liuli.train.checkpoint import (
    load_state,
    newest_checkpoint,
    save_checkpoint,
    save_state,
)
from tests.sources import ROOT


def filled(folder: Path, count: int, keep: int = 2) -> list[Path]:
    """A folder with checkpoints, each of which says its number."""
    return [
        save_checkpoint(folder, {"x": np.full(3, n)}, meta=n, keep=keep)
        for n in range(1, count + 1)
    ]


def test_the_newest_is_found_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "001"
    assert newest_checkpoint(folder) is None
    paths = filled(folder, 5)
    found = newest_checkpoint(folder)
    assert found is not None and (found.number, found.meta, found.path) == (5, 5, paths[-1])
    assert found.arrays["x"].tolist() == [5, 5, 5]
    assert sorted(os.listdir(folder)) == [path.name for path in paths[-2:]]
    filled(folder, 2, keep=1)
    assert os.listdir(folder) == ["checkpoint-000007.safetensors"]


def test_numbers_go_beyond_six_digits(tmp_path: Path) -> None:
    filled(tmp_path, 1)[0].rename(tmp_path / "checkpoint-999999.safetensors")
    filled(tmp_path, 2, keep=3)
    found = newest_checkpoint(tmp_path)
    assert found is not None and found.number == 1_000_001


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_one_is_passed_over(damage: str, tmp_path: Path) -> None:
    newest = filled(tmp_path, 3)[-1]
    content = bytearray(newest.read_bytes())
    content[-1] ^= damage == "flipped"
    newest.write_bytes({"cut": content[:-1], "flipped": content, "emptied": b""}[damage])
    with pytest.warns(UserWarning, match=r"LL929.*000003.* is used: .*000002"):
        found = newest_checkpoint(tmp_path)
    assert found is not None and found.meta == 2
    assert save_checkpoint(tmp_path, {}).name == "checkpoint-000004.safetensors"


def test_all_damaged(tmp_path: Path) -> None:
    for path in filled(tmp_path, 2):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileError, match=r"000002.* is not whole"):
        newest_checkpoint(tmp_path)


def test_other_files_do_not_disturb(tmp_path: Path) -> None:
    for name in ("checkpoint-x.safetensors", "checkpoint-000009.safetensors.previous", "notes.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert newest_checkpoint(tmp_path) is None
    assert filled(tmp_path, 1)[0].name == "checkpoint-000001.safetensors"


def test_a_failing_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 2)

    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.System, "write", staticmethod(full))
    with pytest.raises(FileError, match="LL920"):
        save_checkpoint(tmp_path, {})
    found = newest_checkpoint(tmp_path)
    assert found is not None and found.meta == 2 and len(os.listdir(tmp_path)) == 2


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("", encoding="utf-8")
    with pytest.raises(FileError, match="LL919"):
        save_checkpoint(tmp_path / "runs", {})


def test_a_state(tmp_path: Path) -> None:
    weight = liuli.tensor([1.0, 2.0])
    save_state(tmp_path, {"model": {"w": weight}, "epoch": 3, "history": [{"loss": float("nan")}]})
    state = load_state(tmp_path)
    assert state["epoch"] == 3 and liuli.equal(state["model"]["w"], weight)
    assert np.isnan(state["history"][0]["loss"])
    with pytest.raises(TrainingError, match="LL964"):
        load_state(tmp_path / "empty")


def killed(folder: Path, rounds: int) -> int:
    """Kill that many writers; how many of them in the middle of a file."""
    command = [sys.executable, "-m", "tests.train.killed", str(folder), str(rounds)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_kill_9(tmp_path: Path) -> None:
    killed(tmp_path, 30)


@pytest.mark.slow
def test_kill_9_often(tmp_path: Path) -> None:
    assert killed(tmp_path, 300) > 0
