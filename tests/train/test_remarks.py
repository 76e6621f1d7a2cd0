"""What fit says about inputs and outputs, and what it does not say."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.errors import ShapeError, TrainingError
from liuli.train import Interrupted, LambdaCallback, ModelCheckpoint, Trainer
from liuli.train.losses import loss_of

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 4)).astype(np.float32)
Y = np.arange(12) % 3


def said(model: Any, x: Any, **words: Any) -> list[str]:
    """The warnings of a training of two epochs, by their codes."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        Trainer(model, lr=1e-5).fit(x, Y, epochs=2, batch_size=4, verbose=0, **words)
    return [str(each.message)[1:6] for each in seen]


class Scaling(nn.Module):
    """A network that scales its inputs itself."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.fc(x / 255)


def test_pixels_are_said_once() -> None:
    assert said(nn.Linear(4, 3), PIXELS) == ["LL443"]
    assert said(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), PIXELS - 128) == ["LL443"]


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda: nn.Linear(4, 3), PIXELS / 255),
        (lambda: nn.Linear(4, 3), (PIXELS - 128) / 70),
        (Scaling, PIXELS),
        (lambda: nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3)), PIXELS),
        (lambda: nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 3)), PIXELS),
    ],
)
def test_scaled_inputs_are_left_in_peace(make: Callable[[], Any], x: Any) -> None:
    assert said(make(), x) == []


def test_looking_changes_nothing() -> None:
    """The second look at one example leaves modes, statistics and random numbers as they are."""

    def weights(x: Any) -> Any:
        liuli.manual_seed(3)
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
        said(model, x)
        assert model.training and not any(m._module_hooks for m in model.modules())
        return [t.numpy() for t in model.state_dict().values()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("liuli.train.remarks.WIDE", 1e9)
        plain = weights(PIXELS)
    looked = weights(PIXELS)
    assert all(np.array_equal(a, b) for a, b in zip(plain, looked, strict=True))


# --- outputs ------------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["mse", "mae", "huber", nn.MSELoss(), nn.SmoothL1Loss()])
def test_widths_that_differ(loss: Any) -> None:
    x = PIXELS / 255
    with pytest.raises(ShapeError, match="LL658") as caught:
        Trainer(nn.Linear(4, 2), loss).fit(x, x[:, 0], verbose=0)
    assert caught.value.facts["fix"] == "nn.Linear(..., 1)"
    with pytest.raises(ShapeError, match='"cross_entropy"'):
        Trainer(nn.Linear(4, 3), loss).fit(x, Y, verbose=0)


def test_a_loss_of_ones_own_may_compare_other_widths() -> None:
    def own(output: Any, target: Any) -> Any:
        return nn.functional.cross_entropy(output, target.long())

    Trainer(nn.Linear(4, 3), own).fit(PIXELS / 255, Y.astype(np.float32), verbose=0)


class Nothing(nn.Module):
    """forward without return."""

    def forward(self, x: Any) -> Any:
        x.sum()


class Sometimes(nn.Module):
    """Nothing, on purpose."""

    def forward(self, x: Any) -> Any:
        return x if x is not None and len(x) > 5 else None


def test_forward_without_return() -> None:
    nn.advice._told.clear()
    with pytest.warns(UserWarning, match=r"LL170\] Nothing.forward returned nothing"):
        Nothing()(liuli.ones(2))
    Nothing()(liuli.ones(2))  # said once
    assert Sometimes()(liuli.ones(2)) is None
    with pytest.raises(TrainingError, match=r"LL170.*Nothing.forward"):
        Trainer(Nothing()).fit(PIXELS / 255, Y, verbose=0)


# --- names and the end from outside -------------------------------------------------------------
def test_names_of_keras() -> None:
    F = nn.functional
    assert loss_of("binary_crossentropy") is F.binary_cross_entropy
    assert loss_of("sparse_categorical_crossentropy") is F.cross_entropy
    assert loss_of("categorical_crossentropy") is F.cross_entropy
    assert loss_of("mean_squared_error") is F.mse_loss
    assert loss_of("mean_absolute_error") is F.l1_loss
    assert loss_of("huber") is F.huber_loss
    with pytest.raises(liuli.errors.ArgumentError) as caught:
        loss_of("binary_crosentropy")
    assert caught.value.facts["near"] == "binary_crossentropy"


def test_the_end_from_outside_says_how_to_go_on(tmp_path: Path) -> None:
    ring = LambdaCallback(on_train_batch_end=lambda batch, logs: signal.raise_signal(signal.SIGINT))
    x = PIXELS / 255
    with pytest.raises(Interrupted, match=r"LL659.*SIGINT in epoch 1, after batch 1") as caught:
        Trainer(nn.Linear(4, 3)).fit(x, Y, batch_size=4, callbacks=[ring], verbose=0)
    assert "ModelCheckpoint(folder)" in str(caught.value)
    run = [ring, ModelCheckpoint(tmp_path)]
    with pytest.raises(Interrupted, match="load_checkpoint"):
        Trainer(nn.Linear(4, 3)).fit(x, Y, batch_size=4, callbacks=run, verbose=0)
