"""The generator: known answers, distributions, and what a (key, counter) promises."""

from __future__ import annotations

import copy
import math
import os
import subprocess
import sys
import threading
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest

from liuli import rng
from tests.sources import ROOT

Array = npt.NDArray[Any]
LOW = 0xFFFFFFFF

# Bits of draws with key 1 and counter 2
UNIFORM_32 = [
    "0x1.faad980000000p-3",
    "0x1.1ced980000000p-1",
]
UNIFORM_64 = [
    "0x1.1ced993a7eab6p-1",
    "0x1.d7da6ced6d1f5p-1",
]
NORMAL_32 = [
    "0x1.128b320000000p+0",
    "0x1.482d1e0000000p+0",
    "-0x1.a1d4860000000p-1",
    "0x1.9dcdbe0000000p-4",
]
NORMAL_64 = [
    "-0x1.13105e4d2ffc2p+0",
    "0x1.1069c986d4c99p-3",
    "-0x1.bd35d8ff47eedp-3",
    "0x1.481ed52a8e5c1p+1",
]


def philox_block(counter: list[int], key: list[int]) -> list[int]:
    """One Philox 4x32-10 block with Python integers, straight from the paper."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & LOW, (a >> 32) ^ c3 ^ k1, a & LOW
        k0, k1 = (k0 + 0x9E3779B9) & LOW, (k1 + 0xBB67AE85) & LOW
    return [c0, c1, c2, c3]


# philox4x32 10 of the file kat_vectors of Random123
@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([LOW] * 4, [LOW] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_the_reference_gives_the_published_answers(
    counter: list[int], key: list[int], answer: list[int]
) -> None:
    assert philox_block(counter, key) == answer


@pytest.mark.parametrize("key", [0, 1, 2**64 - 1, 0x299F31D0A4093822])
@pytest.mark.parametrize("counter", [0, 5, 2**32 - 2, 2**63 - 2, 2**64 - 2])
def test_philox_equals_the_reference(key: int, counter: int) -> None:
    expected = []
    for i in range(5):
        c = (counter + i) % 2**64
        expected += philox_block([c & LOW, c >> 32, 0, 0], [key & LOW, key >> 32])
    got = rng.philox(key, counter, 5)
    assert got.dtype == np.uint32
    assert got.tolist() == expected


def test_long_draws_are_the_blocks_in_order() -> None:
    blocks = 2 * rng._CHUNK + 3
    whole = rng.philox(3, 9, blocks).reshape(blocks, 4)
    for i in (0, 1, rng._CHUNK - 1, rng._CHUNK, blocks - 1):
        assert whole[i].tolist() == rng.philox(3, 9 + i, 1).tolist()


DRAWS = [
    pytest.param(rng.uniform, np.float32, id="uniform float32"),
    pytest.param(rng.uniform, np.float64, id="uniform float64"),
    pytest.param(rng.uniform, np.float16, id="uniform float16"),
    pytest.param(rng.uniform, ml_dtypes.bfloat16, id="uniform bfloat16"),
    pytest.param(rng.normal, np.float32, id="normal float32"),
    pytest.param(rng.normal, np.float64, id="normal float64"),
    pytest.param(rng.normal, np.float16, id="normal float16"),
    pytest.param(rng.normal, ml_dtypes.bfloat16, id="normal bfloat16"),
]


@pytest.mark.parametrize(("draw", "dtype"), DRAWS)
def test_one_call_or_several_give_the_same_numbers(draw: Any, dtype: Any) -> None:
    count = 40_000  # more than one chunk
    whole = draw(11, 100, count, dtype)
    assert whole.dtype == dtype and whole.shape == (count,)
    counter, parts = 100, []
    for size in (4, 12, 20_000, 19_984):
        parts.append(draw(11, counter, size, dtype))
        counter += rng.words(size, dtype)
    assert counter == 100 + rng.words(count, dtype)
    assert np.concatenate(parts).tobytes() == whole.tobytes()


@pytest.mark.parametrize(("draw", "dtype"), DRAWS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 7])
def test_short_draws_begin_a_longer_one(draw: Any, dtype: Any, count: int) -> None:
    got = draw(11, 100, count, dtype)
    assert got.shape == (count,) and got.dtype == dtype
    assert got.tobytes() == draw(11, 100, 8, dtype)[:count].tobytes()


def test_words_counts_blocks() -> None:
    assert [rng.words(n) for n in (0, 1, 4, 5, 8)] == [0, 1, 1, 2, 2]
    assert [rng.words(n, np.float64) for n in (0, 1, 2, 3, 4)] == [0, 1, 1, 2, 2]
    assert rng.words(5, np.float32) == rng.words(5, ml_dtypes.bfloat16) == 2


def test_other_keys_and_counters_give_other_words() -> None:
    draws = [rng.bits(key, counter, 4096) for key in (0, 1, 2) for counter in (0, 1024, 2**40)]
    assert len(np.unique(np.concatenate(draws))) > 9 * 4096 - 8  # 32-bit words may meet by chance
    assert (rng.bits(0, 1, 4096)[:-4] == rng.bits(0, 0, 4096)[4:]).all()


@pytest.mark.parametrize(
    ("dtype", "p"),
    [(np.float16, 11), (ml_dtypes.bfloat16, 8), (np.float32, 24)],
)
def test_uniform_is_the_high_bits_of_a_word(dtype: Any, p: int) -> None:
    u = rng.uniform(5, 0, 20_000, dtype).astype(np.float64)
    assert (u * 2.0**p == rng.bits(5, 0, 20_000) >> (32 - p)).all()
    assert u.min() >= 0.0 and u.max() < 1.0
    assert u.max() > 1.0 - 2.0**-p - 1e-3


def test_uniform_float64_is_the_high_bits_of_two_words() -> None:
    w = rng.bits(5, 0, 2000).astype(object)
    expected = [((int(hi) << 32 | int(lo)) >> 11) * 2.0**-53 for lo, hi in w.reshape(-1, 2)]
    assert rng.uniform(5, 0, 1000, np.float64).tolist() == expected


def kolmogorov_smirnov(cdf: Array) -> float:
    """``sqrt(n)`` times the largest distance between the sorted cdf values and the diagonal."""
    n = len(cdf)
    cdf = np.sort(cdf.astype(np.float64))
    steps = np.arange(n + 1) / n
    return math.sqrt(n) * max((steps[1:] - cdf).max(), (cdf - steps[:-1]).max())


# P(statistic > 1.95) is 0.001 by Kolmogorov's limit; the seeds are fixed.
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("key", [0, 1, 2**40])
def test_uniform_distribution(dtype: Any, key: int) -> None:
    u = rng.uniform(key, 0, 100_000, dtype)
    assert kolmogorov_smirnov(u) < 1.95
    assert abs(u.mean(dtype=np.float64) - 0.5) < 4 * math.sqrt(1 / 12 / len(u))
    lag = np.corrcoef(u[:-1], u[1:])[0, 1]
    assert abs(lag) < 4 / math.sqrt(len(u))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("key", [0, 1, 2**40])
def test_normal_distribution(dtype: Any, key: int) -> None:
    z = rng.normal(key, 0, 100_000, dtype).astype(np.float64)
    n = len(z)
    assert kolmogorov_smirnov(np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in z])) < 1.95
    # mean of z**k, and the variance of z**k, k = 1 .. 4
    for k, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**k).mean() - mean) < 4 * math.sqrt(variance / n)
    assert abs(np.corrcoef(z[::2], z[1::2])[0, 1]) < 4 / math.sqrt(n / 2)
    # the members of a pair are independent: so are their squares
    assert abs(np.corrcoef(z[::2] ** 2, z[1::2] ** 2)[0, 1]) < 4 / math.sqrt(n / 2)


def exact_normals(dtype: Any, words: Array) -> list[float]:
    """Box-Muller by libm in float64, from the same words."""
    width, drop = (64, 11) if dtype == np.float64 else (32, 1)
    out: list[float] = []
    for first, second in words.astype(object).reshape(-1, 2):
        x = dtype(dtype(int(first) >> drop) + dtype(1))
        r = math.sqrt(-2 * math.log(float(x) * 2.0 ** (drop - width)))
        offset = (int(second) | 3) ^ 1
        offset -= (offset >> (width - 1)) << width
        a = offset * (math.pi / 2) * 2.0**-width
        c, s = math.cos(a), math.sin(a)
        x, y = [(c, s), (-s, c), (-c, -s), (s, -c)][int(second) & 3]
        out += [r * x, r * y]
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal_is_the_box_muller_transform(dtype: Any) -> None:
    words = rng.bits(21, 7, 20_000)
    if dtype == np.float64:
        words = words.astype("<u4").view("<u8")
    z = rng.normal(21, 7, len(words), dtype)
    exact = np.array(exact_normals(dtype, words))
    assert (np.abs(z - exact) <= 4 * np.spacing(np.abs(z))).all()


@pytest.mark.parametrize("f", [rng._SINGLE, rng._DOUBLE], ids=["float32", "float64"])
def test_extreme_words_give_finite_numbers(f: Any) -> None:
    top = 2**f.width - 1
    word = np.array([0, 1, 2, 3, top, top - 1, top // 2, top // 2 + 1], f.unsigned)
    radius = rng._radius(word, f)
    largest = math.sqrt(2 * (f.width - f.drop) * math.log(2))
    assert radius[0] == pytest.approx(largest, rel=1e-6) and largest > 5.5
    assert radius[4] == 0.0 and (radius >= 0.0).all() and (radius <= radius[0]).all()
    x, y = rng._direction(word, f)
    assert x[:4].tolist() == pytest.approx([1, 0, -1, 0], abs=1e-8)
    assert y[:4].tolist() == pytest.approx([0, 1, 0, -1], abs=1e-8)
    assert (x * x + y * y).tolist() == pytest.approx([1] * 8, rel=1e-6)


def test_the_tails_are_there() -> None:
    z = np.abs(rng.normal(0, 0, 4_000_000))
    for bound in (3.0, 4.0, 4.5):
        expected = len(z) * math.erfc(bound / math.sqrt(2))
        assert abs((z > bound).sum() - expected) < 4 * math.sqrt(expected)


def test_the_stream_never_changes() -> None:
    """The bits of a few draws: a change here changes every seeded result, and the compiler's."""
    assert [v.hex() for v in rng.uniform(1, 2, 2).tolist()] == UNIFORM_32
    assert [v.hex() for v in rng.uniform(1, 2, 2, np.float64).tolist()] == UNIFORM_64
    assert [v.hex() for v in rng.normal(1, 2, 4).tolist()] == NORMAL_32
    assert [v.hex() for v in rng.normal(1, 2, 4, np.float64).tolist()] == NORMAL_64


def test_processes_and_hash_seeds_agree() -> None:
    code = (
        "import numpy as np; from liuli import rng; g = rng.default_generator; "
        "print(rng.normal(*g.take(5), 9).tobytes().hex(), g.get_state().tobytes().hex())"
    )
    outputs = []
    for hash_seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].split()[0] == rng.normal(67280421310721, 0, 9).tobytes().hex()


# Generator ---------------------------------------------------------------------------------


def test_a_new_generator_has_the_documented_seed() -> None:
    g = rng.Generator()
    assert g.initial_seed() == 67280421310721
    assert g.take(3) == (67280421310721, 0)
    assert g.take(1) == (67280421310721, 3)


@pytest.mark.parametrize("seed", [0, 1, -1, 2**63, 2**64 - 1, 2**64 + 5, -(2**63), 10**30])
def test_seeds_are_taken_mod_2_to_the_64(seed: int) -> None:
    g = rng.Generator()
    g.take(7)
    assert g.manual_seed(seed) is g
    assert g.initial_seed() == seed % 2**64
    assert g.take(1) == (seed % 2**64, 0)


def test_seeds_of_numpy_integers() -> None:
    assert rng.Generator().manual_seed(np.int64(-2)).initial_seed() == 2**64 - 2


def test_seed_is_different_each_time() -> None:
    g = rng.Generator()
    g.take(7)
    first, second = g.seed(), g.seed()
    assert first != second and g.initial_seed() == second
    assert g.take(1) == (second, 0)


def test_state_goes_out_and_back() -> None:
    g = rng.Generator().manual_seed(-3)
    g.take(2**40 + 5)
    state = g.get_state()
    assert state.dtype == np.uint8 and state.shape == (16,)
    assert state.tobytes() == (2**64 - 3).to_bytes(8, "little") + (2**40 + 5).to_bytes(8, "little")
    after = g.take(3)
    other = rng.Generator()
    assert other.set_state(state) is other
    assert other.take(3) == after
    assert g.set_state(state).take(3) == after
    assert (other.get_state() == g.get_state()).all()


@pytest.mark.parametrize("state", [np.zeros(15, np.uint8), np.zeros(2, np.int64), b"abc"])
def test_a_wrong_state_is_refused(state: Any) -> None:
    with pytest.raises(ValueError, match=r"16 bytes, uint8 of shape \(16,\)"):
        rng.Generator().set_state(state)


def test_the_storage_is_the_state() -> None:
    g = rng.Generator().manual_seed(-1)
    value = g.storage.value
    assert value.dtype == np.int64 and value.tolist() == [-1, 0]
    g.take(4)
    assert g.storage.value is value and value.tolist() == [-1, 4]
    g.storage.value = np.array([5, -1])  # a program may put another array there
    assert g.take(3) == (5, 2**64 - 1)
    assert g.take(1) == (5, 2)


def test_copies_continue_alike_and_apart() -> None:
    g = rng.Generator().manual_seed(4)
    other = copy.deepcopy(g)
    g.take(5)
    assert other.take(2) == (4, 0) and g.take(1) == (4, 5)


def test_threads_never_take_the_same_blocks() -> None:
    g = rng.Generator()
    taken: list[int] = []

    def work() -> None:
        for _ in range(500):
            taken.append(g.take(3)[1])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(0, 3 * 4000, 3))
