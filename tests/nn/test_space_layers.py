"""Pooling, resizing and norms of images as layers: as their functions, saved, lazy, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.nn import functional as F

IMAGE = (2, 4, 6, 6)
SAMPLES = liuli.rand(2, 4, 2, generator=liuli.Generator().manual_seed(1))


def by_hand(x: Any, size: int) -> Any:
    """CrossMapLRN2d with alpha 0.1, beta 0.5, k 2: PyTorch keeps the first square in all sums."""
    squares, far, made = x.numpy() ** 2, (size - 1) // 2, []
    for c in range(x.shape[1]):
        total = squares[:, max(c - far, 0) : c + far + 1].sum(1)
        total = total + squares[:, 0] if c > far else total
        made.append(x.numpy()[:, c] / np.sqrt(2.0 + 0.1 / size * total))
    return liuli.tensor(np.stack(made, 1))


PAIRS: dict[str, tuple[Any, Any]] = {
    "MaxPool2d": (lambda: nn.MaxPool2d(3, 2, 1, 1, False, True),
                  lambda x: F.max_pool2d(x, 3, 2, 1, 1, True)),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, 1, True, False, 5),
                  lambda x: F.avg_pool2d(x, 3, 2, 1, True, False, 5)),
    "LPPool2d": (lambda: nn.LPPool2d(2, 2), lambda x: F.lp_pool2d(x, 2.0, 2)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((4, None)),
                          lambda x: F.adaptive_avg_pool2d(x, (4, None))),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(4), lambda x: F.adaptive_max_pool2d(x, 4)),
    "Upsample": (lambda: nn.Upsample(scale_factor=(2, 1.5), mode="bilinear", align_corners=True),
                 lambda x: F.interpolate(x, scale_factor=(2, 1.5), mode="bilinear",
                                         align_corners=True)),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), lambda x: F.pixel_shuffle(x, 2)),
    "PixelUnshuffle": (lambda: nn.PixelUnshuffle(3), lambda x: F.pixel_unshuffle(x, 3)),
    "ChannelShuffle": (lambda: nn.ChannelShuffle(2), lambda x: F.channel_shuffle(x, 2)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, affine=False),
                    lambda x: F.batch_norm(x, None, None, training=True)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(4), F.instance_norm),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4, affine=False), lambda x: F.group_norm(x, 2)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3, 0.1, 0.5, 2.0),
                          lambda x: F.local_response_norm(x, 3, 0.1, 0.5, 2.0)),
    "CrossMapLRN2d": (lambda: nn.CrossMapLRN2d(3, 0.1, 0.5, 2.0), lambda x: by_hand(x, 3)),
    "Softmax2d": (nn.Softmax2d, lambda x: F.softmax(x, 1)),
    "FractionalMaxPool2d": (lambda: nn.FractionalMaxPool2d(2, 3, _random_samples=SAMPLES),
                            lambda x: F.fractional_max_pool2d(x, 2, 3, _random_samples=SAMPLES)),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_layers_are_their_functions(name: str) -> None:
    make, function = PAIRS[name]
    x = liuli.rand(IMAGE)
    np.testing.assert_allclose(make()(x).numpy(), function(x).numpy(), rtol=2e-7)


@pytest.mark.parametrize("name", PAIRS)
def test_layers_are_saved_whole(name: str, tmp_path: Path) -> None:
    layer = PAIRS[name][0]()
    x = liuli.rand(IMAGE)
    layer(x)
    layer.eval()
    liuli.save(layer, tmp_path / "layer.safetensors")
    again = liuli.load(tmp_path / "layer.safetensors").eval()
    assert repr(again) == repr(layer)
    np.testing.assert_array_equal(again(x).numpy(), layer(x).numpy())


LAZY = [f"Lazy{kind}Norm{n}d" for kind in ("Batch", "Instance") for n in (1, 2, 3)]


@pytest.mark.parametrize("name", LAZY)
def test_lazy_norms_become_ordinary(name: str, tmp_path: Path) -> None:
    layer = getattr(nn, name)(momentum=0.3)
    optimizer = liuli.optim.SGD(layer.parameters(), lr=0.1)
    x = liuli.rand(3, 4, *(2 for _ in range(int(name[-2]))))
    layer(x)
    assert type(layer) is getattr(nn, name.removeprefix("Lazy"))
    plain = getattr(nn, name.removeprefix("Lazy"))(
        4, momentum=0.3, affine=True, track_running_stats=True
    )
    plain(x)
    assert repr(plain) == repr(layer) and list(plain.state_dict()) == list(layer.state_dict())
    for ours, theirs in zip(layer.state_dict().values(), plain.state_dict().values(), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    layer(x).sum().backward()
    optimizer.step()  # it holds the parameters that came into being
    assert not np.array_equal(layer.bias.detach().numpy(), np.zeros(4))
    liuli.save(layer, tmp_path / "lazy.safetensors")
    assert repr(liuli.load(tmp_path / "lazy.safetensors")) == repr(layer)


def test_a_lazy_norm_takes_the_dtype_it_was_made_in() -> None:
    layer = nn.LazyBatchNorm2d(dtype=liuli.float64)
    made = layer(liuli.rand(2, 3, 2, 2, dtype=liuli.float64))
    assert {x.dtype for x in (made, layer.weight, layer.running_var)} == {liuli.float64}


def test_a_summary_makes_lazy_norms_real() -> None:
    model = nn.Sequential(nn.LazyBatchNorm2d(), nn.Flatten())
    nn.summary(model, (3, 4, 4))
    assert isinstance(model[0], nn.BatchNorm2d) and model[0].num_features == 3


def test_batch_norm_of_images_gathers_statistics() -> None:
    draw = np.random.default_rng(0)
    layer, images = nn.BatchNorm2d(3, momentum=0.25), draw.standard_normal((5, 3, 4, 2)) * 3 + 1
    layer(liuli.tensor(images, dtype=liuli.float32))
    mean, variance = images.mean((0, 2, 3)), images.var((0, 2, 3), ddof=1)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean / 4, rtol=1e-5)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.75 + variance / 4, rtol=1e-5)
    assert layer.num_batches_tracked.item() == 1


def test_an_instance_norm_without_a_batch() -> None:
    layer, x = nn.InstanceNorm2d(3, affine=True), liuli.rand(3, 4, 4)
    np.testing.assert_array_equal(
        layer(x).detach().numpy(), layer(x.unsqueeze(0))[0].detach().numpy()
    )


def test_group_norm_lies_between_the_others() -> None:
    x = liuli.rand(2, 4, 3, 3)
    np.testing.assert_allclose(
        nn.GroupNorm(4, 4)(x).detach().numpy(), nn.InstanceNorm2d(4)(x).numpy(), atol=1e-6
    )
    np.testing.assert_allclose(
        nn.GroupNorm(1, 4)(x).detach().numpy(),
        nn.LayerNorm((4, 3, 3))(x).detach().numpy(),
        atol=1e-6,
    )


def test_max_pool_hands_out_places() -> None:
    x = liuli.rand(1, 2, 4, 4)
    made, places = nn.MaxPool2d(2, return_indices=True)(x)
    back = nn.MaxUnpool2d(2)(made, places)
    assert ((back == x) | (back == 0)).all() and (back != 0).sum().item() == 8
