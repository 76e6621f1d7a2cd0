"""What the emitters must know of a processor: its vectors, its registers, what it can do.

| name   | vectors   | registers | FMA | masks | processors                             |
|--------|-----------|-----------|-----|-------|----------------------------------------|
| avx512 | 64 bytes  | 32        | yes | yes   | Intel servers since 2017, AMD Zen 4    |
| avx2   | 32 bytes  | 16        | yes | no    | nearly every PC since 2013             |
| sse2   | 16 bytes  | 16        | no  | no    | every 64-bit PC                        |
| neon   | 16 bytes  | 32        | yes | no    | 64-bit ARM: Apple, phones, Graviton    |

`LIULI_TARGET=sse2` makes code for a lesser processor than this one, to try it or to compare.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache

from ..errors import SettingError
from ..messages.hints import nearest


@dataclass(frozen=True)
class Target:
    """A kind of processor. Text written for it runs on every processor of that kind.

    Example:
        >>> from liuli.compiler.targets import named
        >>> target = named("avx2")
        >>> target.lanes(4), target.lanes(8), target.has_masks
        (8, 4, False)
    """

    name: str
    vector_bytes: int
    registers: int  # that hold vectors
    has_fma: bool
    has_masks: bool  # loads and stores of some lanes only, at full speed
    has_rounding: bool  # floor, ceil, round, trunc are instructions
    triple: str
    cpu: str
    features: str = ""
    llvm: int = 22  # major version of the LLVM that reads the text

    def lanes(self, size: int) -> int:
        """How many elements of `size` bytes a vector holds."""
        return self.vector_bytes // size

    @property
    def attributes(self) -> str:
        """What LLVM is told of every function. On Windows the driver sees to the stack's growth."""
        return 'nounwind "no-stack-arg-probe"' if "windows" in self.triple else "nounwind"

    @staticmethod
    def host() -> Target:
        """The processor that runs this program, or what `LIULI_TARGET` says. Needs llvmlite.

        Errors: LL742 for one that is not here.
        """
        return _host(os.environ.get("LIULI_TARGET", "").strip())


_PC, _ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
_ALL = {
    "avx512": Target("avx512", 64, 32, True, True, True, _PC, "x86-64-v4"),
    "avx2": Target("avx2", 32, 16, True, False, True, _PC, "x86-64-v3"),
    "sse2": Target("sse2", 16, 16, False, False, False, _PC, "x86-64"),
    "neon": Target("neon", 16, 32, True, False, True, _ARM, "generic"),
}


def named(name: str, triple: str | None = None) -> Target:
    """The target of this name; `triple` says for which operating system, as LLVM spells it.

    Errors: ValueError for a name that is none.
    """
    if name not in _ALL:
        near = nearest(name, list(_ALL)) or "one of " + ", ".join(_ALL)
        raise ValueError(f"there is no target {name!r}; did you mean {near}?")
    return replace(_ALL[name], triple=triple) if triple else _ALL[name]


@cache
def _host(asked: str) -> Target:
    import llvmlite.binding as llvm  # only here: liuli works without it

    triple = without_library(str(llvm.get_process_triple()))
    features = llvm.get_host_cpu_features()
    here = possible(_kind(triple, {name for name, there in features.items() if there}))
    if asked and asked not in here:
        raise SettingError("LL742", value=asked, names=", ".join(here))
    target = named(asked or here[0], triple)
    version = int(llvm.llvm_version_info[0])
    if asked:
        return replace(target, llvm=version)
    return replace(
        target, cpu=str(llvm.get_host_cpu_name()), features=str(features.flatten()), llvm=version
    )


def without_library(triple: str) -> str:
    """The triple of a system of which code needs no symbol.

    For Microsoft's library LLVM marks code that computes with floats; the calls are the same.
    """
    return triple.replace("windows-msvc", "windows-gnu")


def possible(name: str) -> list[str]:
    """The targets whose code runs on a processor of this name, the best first."""
    pc = ["avx512", "avx2", "sse2"]
    return pc[pc.index(name) :] if name in pc else [name]


def _kind(triple: str, features: set[str]) -> str:
    """The best target of a processor with these features."""
    if triple.startswith(("aarch64", "arm64")):
        return "neon"
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= features:
        return "avx512"
    return "avx2" if {"avx2", "fma"} <= features else "sse2"
