"""`liuli env`: what the computer offers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from liuli.cli import env, machine
from liuli.rng import default_generator
from tests.cli.conftest import Liuli


def test_page(liuli: Liuli) -> None:
    said = liuli("env")
    assert (said.code, said.err) == (0, "")
    for word in (
        "python",
        "system",
        "processor",
        "cpus",
        "blas",
        "memory",
        "gpu",
        "numpy",
        "cache",
    ):
        assert any(line.startswith(word) for line in said.out.splitlines()), word
    assert "training works" in said.out
    assert "computes on the CPU only" in said.out  # why there is no GPU


def test_json(liuli: Liuli) -> None:
    found = json.loads(liuli("env", "--json").out)
    assert found["training"]["works"] is True
    assert found["training"]["after"] < found["training"]["before"]
    assert found["packages"]["numpy"] == np.__version__
    assert found["cpus"]["usable"] >= 1
    assert found["variables"]["LIULI_LANG"] == "en"


def test_only_the_users_own_variables_are_shown(
    liuli: Liuli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LIULI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert "LIULI_LANG" not in liuli("env").out


def test_proof_leaves_the_random_state(folder: Path) -> None:
    before = default_generator.get_state()
    assert env.prove().holds
    assert np.array_equal(default_generator.get_state(), before)


def test_training_that_does_not_work(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no vector unit")

    monkeypatch.setattr(env.Trainer, "fit", broken)
    said = liuli("env")
    assert said.code == 2
    assert "training does NOT work: ZeroDivisionError: no vector unit" in said.out
    assert "What to do" in said.out


def test_what_is_missing_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_LANG", "en")
    facts = {
        "packages": dict.fromkeys(env.FOR, ""),
        "cache": {"folder": "", "writable": False},
        "cpus": {"threads": 64, "usable": 2},
        "memory": {"free": 1, "total": 2},
    }
    told = env.remedies(facts, env.Proof(1.0, 2.0, 0.1))
    assert len(told) == 1 + len(env.FOR) + 3
    assert any("pip install pillow" in line for line in told)
    assert any("LIULI_CACHE" in line for line in told)


def test_cache_without_a_home(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("LIULI_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    said = liuli("env")
    assert said.code == 0 and "LIULI_CACHE" in said.out


# --- the machine ----------------------------------------------------------------------------------
def test_cpuinfo(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Chip 3\nflags\t\t: fpu avx2 avx512f\n\n"
                    "processor\t: 1\nmodel name\t: Chip 4\n", encoding="utf-8")  # fmt: skip
    found = machine.processor(path)
    assert found.name == "Chip 3"
    assert {"AVX2", "AVX-512"} <= set(found.vectors)
    assert machine.cpuinfo(tmp_path / "nothing") == {}


def test_container_memory(tmp_path: Path) -> None:
    assert machine.container_memory(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    (tmp_path / "memory.current").write_text("100\n", encoding="ascii")
    assert machine.container_memory(tmp_path) is None
    (tmp_path / "memory.max").write_text("1000\n", encoding="ascii")
    assert machine.container_memory(tmp_path) == (1000, 900)


def test_folders_that_can_be_written(tmp_path: Path) -> None:
    assert machine.can_write(tmp_path / "not" / "yet")
    (tmp_path / "file").write_text("", encoding="ascii")
    assert not machine.can_write(tmp_path / "file" / "inside")
