"""The examples with convolutions: they run, and one seed reaches what the book reached."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import liuli
from examples import mnist_deep_conv, mnist_simple_conv, mnist_two_minutes
from liuli.data.sets import Arrays
from liuli.data.transforms import ToTensor
from liuli.train import Trainer
from liuli.zoo import simple_conv_net
from tests.examples.test_examples import DATA


def small(train: bool = True, transform: Any = None, count: int = 120) -> Arrays:
    """A few embedded digits in the place of MNIST."""
    found = liuli.data.digits(train=train)
    return Arrays(found.inputs[:count], found.targets[:count], transform=transform)


@pytest.mark.parametrize("example", [mnist_simple_conv, mnist_deep_conv, mnist_two_minutes])
def test_it_learns_from_a_few_digits(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(example, "MNIST", small)
    accuracy = example.main(seed=0, epochs=1)
    assert 5 < accuracy < 100
    assert f"test accuracy {accuracy:.2f} %" in capsys.readouterr().out


def test_held_out_images_are_none_that_it_learns_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist_two_minutes, "MNIST", small)
    monkeypatch.setattr(mnist_two_minutes, "HELD_OUT", 20)
    training, judged = mnist_two_minutes.images(held_out=True)
    assert (len(training), len(judged)) == (100, 20)
    together = np.concatenate([np.asarray(part.indices) for part in (training, judged)])
    assert sorted(together) == list(range(120))
    first, again = judged[0][0], judged[0][0]
    assert liuli.equal(first, again)  # judged as they are
    assert not liuli.equal(training[0][0], training[0][0])  # learned from in ever new ways


@pytest.mark.slow
def test_simple_conv_net_reads_nearly_all() -> None:
    """One seed on all of MNIST if it is there, on the embedded digits if not."""
    if (DATA / "mnist").is_dir() or list(DATA.glob("train-images*")):
        assert mnist_simple_conv.main(seed=0, epochs=6, quiet=True) >= 98.6
        return
    liuli.manual_seed(0)
    data = liuli.data.digits(train=True)
    data.transform = ToTensor()
    test = liuli.data.digits(train=False)
    test.transform = ToTensor()
    trainer = Trainer(simple_conv_net(), "cross_entropy", "adam", metrics=["accuracy"], seed=0)
    trainer.fit(data, epochs=8, batch_size=100, verbose=0)
    assert trainer.evaluate(test)["accuracy"] >= 0.945  # seeds 0 to 4: 0.953 to 0.970
