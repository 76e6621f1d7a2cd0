"""Small kernels written by hand, and programs of them, for the tests of machine and runtime."""

from __future__ import annotations

import numpy as np

from liuli.compiler.machine import compile_modules
from liuli.compiler.runtime import Entry
from liuli.compiler.targets import Target

CHUNKS = 13  # no multiple of any number of threads that is tried


def over_chunks(name: str, buffers: str, body: str) -> str:
    """A kernel whose body sees %c, the number of a chunk, and its buffers by name."""
    loads = "".join(
        f"  %{buffer}.at = getelementptr ptr, ptr %args, i64 {i}\n"
        f"  %{buffer} = load ptr, ptr %{buffer}.at\n"
        for i, buffer in enumerate(buffers.split())
    )
    return (
        f"define void @{name}(ptr %args, i64 %first, i64 %last) nounwind {{\nentry:\n{loads}"
        "  br label %head\nhead:\n  %c = phi i64 [ %first, %entry ], [ %c1, %next ]\n"
        "  %more = icmp ult i64 %c, %last\n  br i1 %more, label %do, label %done\ndo:\n"
        f"{body}  br label %next\nnext:\n  %c1 = add i64 %c, 1\n  br label %head\n"
        "done:\n  ret void\n}\n"
    )


ELEMENT = (
    "  %{0}.p = getelementptr {1}, ptr %{0}, i64 {2}\n  %{0}.v = load {1}, ptr %{0}.p, align 4\n"
)

# y[c] = a * x[c] + y[c]
AXPY = over_chunks(
    "axpy",
    "a x y",
    ELEMENT.format("a", "float", 0)
    + ELEMENT.format("x", "float", "%c")
    + ELEMENT.format("y", "float", "%c")
    + "  %p = fmul float %a.v, %x.v\n  %s = fadd float %p, %y.v\n  store float %s, ptr %y.p\n",
)
# s[0] = the sum of all x, in order
TOTAL = """
define void @total(ptr %args, i64 %first, i64 %last) nounwind {
entry:
  %x.at = getelementptr ptr, ptr %args, i64 0
  %x = load ptr, ptr %x.at
  %s.at = getelementptr ptr, ptr %args, i64 1
  %s = load ptr, ptr %s.at
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %i1, %head ]
  %sum = phi float [ 0.0, %entry ], [ %sum1, %head ]
  %p = getelementptr float, ptr %x, i64 %i
  %v = load float, ptr %p
  %sum1 = fadd float %sum, %v
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, 13
  br i1 %more, label %head, label %done
done:
  store float %sum1, ptr %s
  ret void
}
"""
# b[c] = a[(c + 1) % CHUNKS] + 1, integers
PASS_ON = over_chunks(
    "pass_on",
    "a b",
    f"  %n = add i64 %c, 1\n  %m = urem i64 %n, {CHUNKS}\n"
    + ELEMENT.format("a", "i64", "%m")
    + "  %s = add i64 %a.v, 1\n  %b.p = getelementptr i64, ptr %b, i64 %c\n"
    "  store i64 %s, ptr %b.p\n",
)
# status[0] = x[c] if that is not 0
CHECK = over_chunks(
    "check",
    "x status",
    ELEMENT.format("x", "i64", "%c")
    + "  %bad = icmp ne i64 %x.v, 0\n  br i1 %bad, label %tell, label %next\ntell:\n"
    "  store i64 %x.v, ptr %status\n",
)
KERNELS = {"axpy": AXPY, "total": TOTAL, "pass_on": PASS_ON, "check": CHECK}


def kernel(name: str) -> int:
    """Its address."""
    return compile_modules({name: KERNELS[name]}, Target.host())[name]


def entry(name: str, *arrays: np.ndarray, chunks: int = CHUNKS, **after: bool) -> Entry:
    """A line of a program's table over these arrays, which the caller keeps."""
    return Entry(kernel(name), [array.ctypes.data for array in arrays], chunks, **after)


def no_fault() -> np.ndarray:
    """A status that tells of no fault."""
    return np.zeros(3, np.int64)
