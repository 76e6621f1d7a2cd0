"""Convolution three ways that give the same numbers: loops, a matrix product, a compiled kernel.

docs/learn/convolution.md tells it; this program measures it, on the first layer of a small network
for digits: 30 filters of 5x5 over pictures of 28x28.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import liuli
import liuli.nn.functional as F

Array = np.ndarray[Any, Any]


def size(length: int, filter_length: int, stride: int = 1, pad: int = 0) -> int:
    """How many places a filter has along one side."""
    return (length + 2 * pad - filter_length) // stride + 1


def by_loops(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> Array:
    """The definition: for every picture, filter and place, multiply and add up."""
    n, _, height, width = x.shape
    filters, _, fh, fw = w.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.empty((n, filters, size(height, fh, stride, pad), size(width, fw, stride, pad)))
    for i in range(n):
        for k in range(filters):
            for y in range(out.shape[2]):
                for z in range(out.shape[3]):
                    top, left = y * stride, z * stride
                    seen = x[i, :, top : top + fh, left : left + fw]
                    out[i, k, y, z] = (seen * w[k]).sum() + b[k]
    return out


def im2col(x: Array, fh: int, fw: int, stride: int = 1, pad: int = 0) -> Array:
    """Every place a row: what a filter sees there, (N * OH * OW, C * FH * FW)."""
    n, channels, height, width = x.shape
    oh, ow = size(height, fh, stride, pad), size(width, fw, stride, pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    columns = np.empty((n, channels, fh, fw, oh, ow), x.dtype)
    for i in range(fh):
        for j in range(fw):
            bottom, right = i + stride * oh, j + stride * ow
            columns[:, :, i, j] = x[:, :, i:bottom:stride, j:right:stride]
    return columns.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1)


def by_matrix(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> Array:
    """The same as one product of two matrices."""
    n, _, height, width = x.shape
    filters, _, fh, fw = w.shape
    oh, ow = size(height, fh, stride, pad), size(width, fw, stride, pad)
    rows = im2col(x, fh, fw, stride, pad) @ w.reshape(filters, -1).T + b
    return rows.reshape(n, oh, ow, filters).transpose(0, 3, 1, 2)


@liuli.compile
def kernel(
    x: liuli.Tensor, w: liuli.Tensor, b: liuli.Tensor, stride: int, pad: int
) -> liuli.Tensor:
    return F.conv2d(x, w, b, stride=stride, padding=pad)


def by_compiler(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> Array:
    """The same as a program for this very shape, without a matrix of rows in between."""
    made = kernel(*map(liuli.from_numpy, (x, w, b)), stride, pad)
    return made.numpy()


WAYS = {"four loops": by_loops, "im2col and a product": by_matrix, "a compiled kernel": by_compiler}


def main(images: int = 20, rounds: int = 20, quiet: bool = False) -> dict[str, float]:
    """Measure each way, and return the seconds for one picture."""
    draw = np.random.default_rng(0)
    x, w, b = (draw.standard_normal(shape).astype(np.float32)
               for shape in ((images, 1, 28, 28), (30, 1, 5, 5), (30,)))  # fmt: skip
    wanted = by_matrix(x.astype(np.float64), w, b)
    seconds = {}
    for name, way in WAYS.items():
        away = float(abs(way(x, w, b) - wanted).max())
        seconds[name] = best_of(lambda way=way: way(x, w, b), rounds) / images  # type: ignore[misc]
        if not quiet:
            print(f"{name:21} {1e6 * seconds[name]:10,.1f} us a picture, at most {away:.0e} off")
    return seconds


def best_of(work: Callable[[], object], rounds: int) -> float:
    """The shortest of some rounds; the first ones, in which a program is made, are not counted."""
    for _ in range(min(rounds, 4)):
        work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20)
    main(**vars(parser.parse_args()))
