"""How many threads work: the setting, the environment, affinity, and a container's quota."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import liuli
from liuli import settings, threads

COUNT = """
import threadpoolctl, liuli
a = liuli.ones(300, 300)
a @ a
pools = threadpoolctl.threadpool_info()
print(liuli.get_num_threads(), *(p["num_threads"] for p in pools if p["user_api"] == "blas"))
"""


def reported(program: str = COUNT, **environment: str) -> list[int]:
    """What a fresh process prints: our number of threads, and that of each BLAS."""
    clean = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", program], env={**clean, **environment}, check=True,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return [int(word) for word in done.stdout.split()]


@pytest.mark.parametrize("count", [1, 3])
def test_the_environment_is_respected(count: int) -> None:
    numbers = reported(LIULI_NUM_THREADS=str(count))
    assert set(numbers) == {count}


def test_ours_wins_over_the_blas_own_variable() -> None:
    assert set(reported(LIULI_NUM_THREADS="1", OPENBLAS_NUM_THREADS="2")) == {1}


def test_set_num_threads_tells_the_blas_at_once() -> None:
    program = COUNT.replace("a @ a", "liuli.set_num_threads(1); a @ a; liuli.set_num_threads(2)")
    assert set(reported(program)) == {2}


def test_importing_changes_no_threads() -> None:
    """What a user set for NumPy stays until Liuli computes a product itself."""
    quiet = COUNT.replace("a @ a", "")
    ours, *blas = reported(quiet, OPENBLAS_NUM_THREADS="1")
    assert set(blas) <= {1}
    assert ours >= 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_affinity_is_respected() -> None:
    program = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n" + COUNT
    assert set(reported(program)) == {1}


# --- containers -------------------------------------------------------------------------------
def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="ascii")
    return folder


@pytest.mark.parametrize(
    ("text", "quota"),
    [("150000 100000\n", 1.5), ("max 100000\n", None), ("50000 100000", 0.5), ("", None)],
)
def test_quota_of_version_2(tmp_path: Path, text: str, quota: float | None) -> None:
    assert threads.container_quota(write(tmp_path, cpu__max=text)) == quota


@pytest.mark.parametrize(("us", "quota"), [("400000\n", 4.0), ("-1\n", None), ("0", None)])
def test_quota_of_version_1(tmp_path: Path, us: str, quota: float | None) -> None:
    write(tmp_path / "cpu", cpu__cfs_quota_us=us, cpu__cfs_period_us="100000\n")
    assert threads.container_quota(tmp_path) == quota


def test_no_container(tmp_path: Path) -> None:
    assert threads.container_quota(tmp_path / "absent") is None


@pytest.mark.parametrize(("quota", "cpus"), [(None, 8), (2.5, 3), (0.2, 1), (64.0, 8)])
def test_usable_cpus(monkeypatch: pytest.MonkeyPatch, quota: float | None, cpus: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "container_quota", lambda: quota)
    assert threads.usable_cpus() == cpus


# --- settings ---------------------------------------------------------------------------------
def test_the_setting_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_NUM_THREADS", "3")
    assert liuli.get_num_threads() == 3
    with settings.using(num_threads=5):
        assert liuli.get_num_threads() == 5


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_wrong_environment_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIULI_NUM_THREADS", text)
    with pytest.raises(liuli.errors.SettingError) as caught:
        liuli.get_num_threads()
    assert caught.value.code == "LL801"


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "2"])
def test_a_wrong_number_is_an_error(count: object) -> None:
    with pytest.raises(liuli.errors.ArgumentError) as caught:
        liuli.set_num_threads(count)  # type: ignore[arg-type]
    assert caught.value.code == "LL803"
