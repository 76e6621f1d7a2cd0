"""The verdicts of `python -m bench accuracy`, and the images it reads."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bench import accuracy, residual
from bench.accuracy import Network, Program, reached, right
from bench.cifar import images
from bench.residual import checks
from liuli.zoo import ResNet


def test_the_mean_must_be_near_and_at_the_end_each() -> None:
    near, apart = [97.0, 97.3], [96.4, 97.9]
    assert right(near, (97.0, 97.4), last=True)
    assert right(apart, (97.0, 97.4), last=False) and not right(apart, (97.0, 97.4), last=True)
    assert not right([96.8, 96.8], (97.0, 97.4), last=False)


def test_a_network_must_be_good_and_quick() -> None:
    quick = Network("quick", float, 99.5, 120)
    assert reached(quick, [99.4, 99.6], 119) and not reached(quick, [99.4, 99.5], 119)
    assert not reached(quick, [99.9], 121)
    assert reached(quick._replace(seconds=float("inf")), [99.5], 1e9)


def test_only_what_is_named_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(
        accuracy,
        "PROGRAMS",
        [Program("first", lambda seed: ran.append("first") or [97.0], {"1 epoch": (96.9, 97.1)})],
    )
    monkeypatch.setattr(
        accuracy,
        "NETWORKS",
        [Network("SimpleConvNet", lambda seed: ran.append("simple") or 98.0, 98.9)],
    )
    monkeypatch.setattr(residual, "main", lambda: ran.append("residual") or 0)
    assert accuracy.main(1, 0.0, {}, "simple") == 1  # 98.0 is too little
    assert ran == ["simple"] * 5
    assert "| SimpleConvNet | 98.90 | 98.00 |" in capsys.readouterr().out
    ran.clear()
    assert accuracy.main(1, 0.0, {}, "resid") == 0 and ran == ["residual"]
    ran.clear()
    assert accuracy.main(1, 0.0, {}) == 1 and set(ran) == {"first", "simple", "residual"}


def cifar(folder: Path, count: int) -> Path:
    """A file as CIFAR-10's: a label and the planes of an image, over and over."""
    draw = np.random.default_rng(0)
    rows = draw.integers(0, 256, (count, 3073), dtype=np.uint8)
    rows[:, 0] %= 10
    (folder / "data_batch_1.bin.gz").write_bytes(gzip.compress(rows.tobytes(), 1))
    return folder


def test_images(tmp_path: Path) -> None:
    found = images(3, cifar(tmp_path, 5))
    rows = np.frombuffer(gzip.decompress((tmp_path / "data_batch_1.bin.gz").read_bytes()), np.uint8)
    assert found.inputs.shape == (3, 32, 32, 3)
    assert found.inputs[0, 0, 1].tolist() == [rows[2], rows[2 + 1024], rows[2 + 2048]]
    assert found.targets[1] == rows[3073]
    x, _ = found[0]
    assert x.shape == (3, 32, 32)
    assert x[2, 0, 0].item() == pytest.approx((rows[1 + 2048] / 255 - 0.4465) / 0.2616, rel=1e-5)
    assert len(images(0, tmp_path)) == 5
    with pytest.raises(FileNotFoundError, match="data_batch"):
        images(3, tmp_path / "elsewhere")


def test_every_pair_must_agree() -> None:
    good = {"Plain-20": [1.0, 1.1], "Plain-56": [1.5, 1.6], "ResNet-56": [1.2, 1.3]}
    assert all(check.held for check in checks(good))
    worse = checks({**good, "Plain-56": [1.5, 1.05]})
    assert [check.held for check in worse] == [False, False]
    assert "-0.050" in worse[0].says


def test_all_three_are_trained_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cifar(tmp_path, 12)
    monkeypatch.setattr(residual, "images", lambda count: images(count, tmp_path))
    tiny = partial(ResNet, (1,), (2,), num_classes=10, stem=3)
    monkeypatch.setattr(residual, "NETWORKS", dict.fromkeys(residual.NETWORKS, tiny))
    assert residual.main(range(2), 1, 8) == 1  # three networks that are one: no gap at all
    said = capsys.readouterr().out
    assert "after 1 epochs of 8 CIFAR-10 images" in said and said.count("NO ") == 2
    losses = [line.split("|")[2] for line in said.splitlines() if line.startswith(("| P", "| R"))]
    assert len(losses) == 3 and len(set(losses)) == 1
