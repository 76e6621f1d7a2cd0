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


def test_the_blas_follows_a_setting_in_a_block() -> None:
    """Also back: threads that somebody asked for once would crowd every product after it."""
    inside = COUNT.replace("a @ a", "c = liuli.settings.using(num_threads=3); c.__enter__(); a @ a")
    assert set(reported(inside)) == {3}
    after = COUNT.replace("a @ a", "c = liuli.settings.using(num_threads=3)\nwith c: a @ a\na @ a")
    assert set(reported(after, LIULI_NUM_THREADS="2")) == {2}


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
    assert threads.container_quota(write(tmp_path, cpu__max=text), tmp_path / "no") == quota


@pytest.mark.parametrize(("us", "quota"), [("400000\n", 4.0), ("-1\n", None), ("0", None)])
def test_quota_of_version_1(tmp_path: Path, us: str, quota: float | None) -> None:
    write(tmp_path / "cpu", cpu__cfs_quota_us=us, cpu__cfs_period_us="100000\n")
    assert threads.container_quota(tmp_path, tmp_path / "no") == quota


def test_no_container(tmp_path: Path) -> None:
    assert threads.container_quota(tmp_path / "absent", tmp_path / "no") is None


def test_the_least_of_the_groups_around_counts(tmp_path: Path) -> None:
    """A batch system gives its quota to a group around ours; ours may have less, or none."""
    own = write(tmp_path, own="3:cpuset:/\n0::/slurm/job_7/step\n") / "own"
    root = write(tmp_path / "groups", cpu__max="max 100000")
    for group, text, quota in [
        ("slurm", "800000 100000", 8.0),
        ("slurm/job_7", "150000 100000", 1.5),
        ("slurm/job_7/step", "max 100000", 1.5),
        ("slurm/job_8", "50000 100000", 1.5),  # of somebody else
    ]:
        write(root / group, cpu__max=text)
        assert threads.container_quota(root, own) == quota


def test_the_least_of_the_groups_around_counts_in_version_1(tmp_path: Path) -> None:
    own = write(tmp_path, own="4:memory:/a/b\n2:cpu,cpuacct:/a\n1:name=systemd:/\n") / "own"
    root = tmp_path / "groups"
    for folder, quota in [("cpu/a/b", None), ("cpu/a", 2.0), ("cpu", 2.0)]:
        write(root / folder, cpu__cfs_quota_us="200000", cpu__cfs_period_us="100000")
        assert threads.container_quota(root, own) == quota


@pytest.mark.parametrize(("quota", "cpus"), [(None, 8), (2.5, 3), (0.2, 1), (64.0, 8)])
def test_usable_cpus(monkeypatch: pytest.MonkeyPatch, quota: float | None, cpus: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "container_quota", lambda: quota)
    assert threads.usable_cpus() == cpus


def test_the_machine_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads files, and every step of a program wants to know the number."""
    asked: list[int] = []
    monkeypatch.setattr(threads, "usable_cpus", lambda: asked.append(1) or 5)
    monkeypatch.delenv("LIULI_NUM_THREADS", raising=False)
    threads.cpus_at_start.cache_clear()
    try:
        with settings.using(num_threads=None):
            assert [liuli.get_num_threads() for _ in range(3)] == [5] * 3
    finally:
        threads.cpus_at_start.cache_clear()
    assert len(asked) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_child_may_be_kept_to_fewer_cpus() -> None:
    program = """
import os, liuli
liuli.get_num_threads()
child = os.fork()
if not child:
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    os._exit(liuli.get_num_threads())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert reported(program) == [1]


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
