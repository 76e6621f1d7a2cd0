"""`liuli env`: what this computer offers, a proof that training works, and what to do if not."""

from __future__ import annotations

import json
import platform
import sys
import time
from typing import Any, NamedTuple

import numpy as np

from ..errors import FileError, LiuliError
from ..nn import Linear, Module, ReLU, Sequential
from ..places import cache_dir
from ..rng import default_generator
from ..threads import get_num_threads, usable_cpus
from ..train import Trainer
from . import machine
from .arguments import Arguments
from .console import padded, width
from .cores import cores_for
from .guard import DONE, REFUSED
from .words import say

FOR = ("pillow", "rich", "pooch", "llvmlite", "matplotlib")  # packages that somebody could miss


class Proof(NamedTuple):
    """The loss of a small network before and after it was trained, or why it could not be."""

    before: float
    after: float
    seconds: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it learned."""
        return not self.reason and self.after < self.before

    def told(self) -> str:
        """The proof as a sentence."""
        facts = self._asdict() | {"reason": self.reason or f"{self.before} -> {self.after}"}
        return say("proof" if self.holds else "no_proof", **facts)


def command(arguments: Arguments) -> int:
    """Tell about this computer; exit code 2 if training does not work on it."""
    facts, proof = computer(), prove()
    advice = remedies(facts, proof)
    if arguments.get("json") is not None:
        told = {**facts, "training": {**proof._asdict(), "works": proof.holds}, "advice": advice}
        print(json.dumps(told, ensure_ascii=not _utf8(), indent=2))
    else:
        _show(facts, proof, advice)
    return DONE if proof.holds else REFUSED


def computer() -> dict[str, Any]:
    """Everything about this computer, as plain values."""
    chip, store = machine.processor(), machine.memory()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "liuli": machine.version(),
        "python": f"{python} ({sys.executable})",
        "system": machine.system(),
        "processor": chip.name,
        "vectors": chip.vectors,
        "cpus": {"present": machine.present(), "usable": usable_cpus(),
                 "threads": get_num_threads()},
        "blas": machine.blas(),
        "memory": store._asdict() if store else None,
        "gpu": machine.gpu(),
        "packages": machine.versions(),
        "cache": _cache(),
        "variables": machine.settings_in(),
    }  # fmt: skip


def _cache() -> dict[str, Any]:
    """Where downloads are kept, and whether they can be."""
    try:
        folder = cache_dir()
    except FileError:  # no home
        return {"folder": "", "writable": False}
    return {"folder": str(folder), "writable": machine.can_write(folder)}


def prove() -> Proof:
    """Train a small network for a moment: two noisy groups of points, which it tells apart."""
    began, state = time.perf_counter(), default_generator.get_state()
    points = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32)
    groups = (points[:, 0] * points[:, 1] > 0).astype(np.int64)
    try:
        default_generator.manual_seed(0)
        model: Module = Sequential(Linear(8, 32), ReLU(), Linear(32, 2))
        trainer = Trainer(model, "cross_entropy", "adam", lr=0.01, seed=0)
        with cores_for(1_000, 50):
            before = trainer.evaluate(points, groups)["loss"]
            trainer.fit(points, groups, epochs=15, batch_size=50, verbose=0)
            after = trainer.evaluate(points, groups)["loss"]
    except Exception as error:  # whatever it is: here it is what was asked for
        first = str(error).partition("\n")[0]
        kind = "" if isinstance(error, LiuliError) else f"{type(error).__name__}: "
        return Proof(0.0, 0.0, time.perf_counter() - began, kind + first)
    finally:
        default_generator.set_state(state)
    return Proof(before, after, time.perf_counter() - began)


def remedies(facts: dict[str, Any], proof: Proof) -> list[str]:
    """What to do about everything that is missing or in the way."""
    told = []
    if not proof.holds:
        told.append(say("fix_proof"))
    told += [
        say("fix_package", name=name, use=say(f"use_{name}"))
        for name in FOR
        if not facts["packages"][name]
    ]
    if not facts["cache"]["writable"]:
        told.append(say("fix_cache"))
    threads, usable = facts["cpus"]["threads"], facts["cpus"]["usable"]
    if threads > usable:
        told.append(say("fix_threads", threads=threads, usable=usable))
    if facts["memory"] and facts["memory"]["free"] < machine.GB:
        told.append(say("fix_memory"))
    return told


def _show(facts: dict[str, Any], proof: Proof, advice: list[str]) -> None:
    """The page for people: a table, the proof, and what to do."""
    rows = {key: facts[key] or say("unknown") for key in ("liuli", "python", "system")}
    vectors = ", ".join(facts["vectors"])
    chip = facts["processor"] or say("unknown")
    rows["processor"] = f"{chip} ({vectors})" if vectors else chip
    rows["cpus"] = say("of_cpus", **facts["cpus"])
    rows["blas"] = facts["blas"] or say("unknown")
    store = facts["memory"]
    rows["memory"] = say("unknown")
    if store:
        sizes = {name: size / machine.GB for name, size in store.items()}
        rows["memory"] = say("of_memory", **sizes)
    rows["gpu"] = facts["gpu"]["name"] or facts["gpu"]["reason"]
    rows |= {name: found or say("absent") for name, found in facts["packages"].items()}
    cache = facts["cache"]
    state = say("writable" if cache["writable"] else "read_only")
    rows["cache"] = f"{cache['folder']} ({state})" if cache["folder"] else state
    rows |= facts["variables"]
    left = max(map(width, rows))
    for name, value in rows.items():
        print(f"{padded(name, left)}  {value}")
    print(f"\n{proof.told()}")
    if not advice:
        print(say("nothing_missing"))
        return
    print(f"\n{say('missing')}")
    for line in advice:
        print(f"  - {line}")


def _utf8() -> bool:
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") == "utf8"
