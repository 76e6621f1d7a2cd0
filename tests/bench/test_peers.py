"""Workers in processes of their own: rounds, facts, and what happens when one dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench import peers
from bench.peers import Peer, environment, in_turn

WORKER = """
import json, os, sys
name = sys.argv[1]
if name == "absent":
    raise ImportError("there is no such library")
print("x" * 200_000, file=sys.stderr)  # more than a pipe holds
print("ready", json.dumps({"threads": int(os.environ["OMP_NUM_THREADS"])}), flush=True)
for number, _ in enumerate(sys.stdin):
    if name == "mortal" and number == 2:
        raise RuntimeError("it died")
    print(json.dumps({"round": number}), flush=True)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Peer]:
    folder = tmp_path_factory.mktemp("workers")
    (folder / "worker.py").write_text(WORKER, encoding="utf-8")
    names = "steady", "mortal", "absent"
    everyone = [Peer(name, sys.executable) for name in names]
    everyone[0].script = str(folder / "worker.py")
    in_turn(everyone, str(folder / "worker.py"), 3, 0.0, threads=2)
    return {peer.name: peer for peer in everyone}


def test_the_first_round_is_dropped(found: dict[str, Peer]) -> None:
    assert [figures["round"] for figures in found["steady"].rounds] == [1, 2, 3]


def test_facts_come_with_ready_and_threads_are_told(found: dict[str, Peer]) -> None:
    assert found["steady"].facts == {"threads": 2}


def test_who_dies_has_no_rounds_and_a_reason(found: dict[str, Peer]) -> None:
    assert not found["mortal"].rounds and found["mortal"].why_not == "RuntimeError: it died"
    why = found["absent"].why_not
    assert not found["absent"].rounds and why == "ImportError: there is no such library"


def test_workers_find_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    root = str(Path(peers.__file__).parent.parent)
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert environment(None)["PYTHONPATH"].split(os.pathsep) == [root, "elsewhere"]
    monkeypatch.delenv("PYTHONPATH")
    assert environment(3)["PYTHONPATH"] == root
    assert {environment(3)[name] for name in peers.BLAS} == {"3"}
