"""What a finished training knows of itself."""

from __future__ import annotations

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.cli.gathering import layers_of, products_of
from liuli.cli.neurons import neuron_of
from liuli.cli.settings import completed
from liuli.cli.sources import Source, examples, source_of
from liuli.zoo import mlp


@pytest.fixture(scope="module")
def digits() -> Source:
    return source_of(completed({}))


def test_layers_in_the_order_in_which_they_run(digits: Source) -> None:
    layers = layers_of(mlp(), examples(digits, 1))
    assert [layer.kind for layer in layers] == ["Flatten", "Linear", "ReLU", "Linear", "ReLU",
                                                "Linear"]  # fmt: skip
    assert [layer.output for layer in layers] == [(784,), (128,), (128,), (64,), (64,), (10,)]
    assert sum(layer.parameters for layer in layers) == 109_386


def test_a_layer_that_runs_twice_is_told_twice() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x: liuli.Tensor) -> liuli.Tensor:
            return self.layer(self.layer(x))

    model = Twice()
    assert [layer.name for layer in layers_of(model, np.ones((1, 3), np.float32))] == ["layer"] * 2
    assert not model.layer._module_hooks  # nothing is left behind


@pytest.mark.parametrize("bends", [True, False])
def test_the_neuron_is_what_the_network_computes(bends: bool, digits: Source) -> None:
    liuli.manual_seed(0)
    model = mlp() if bends else mlp(hidden=())
    kinds = [layer.kind for layer in layers_of(model, examples(digits, 1))]
    neuron = neuron_of(model, digits, kinds)
    assert neuron is not None
    assert neuron.activation == ("relu" if bends else "")
    x = liuli.tensor(examples(digits, 1))
    computed = model[:3](x) if bends else model(x)
    assert neuron.output == pytest.approx(computed[0, neuron.unit].item(), rel=1e-5)
    assert neuron.total == pytest.approx(neuron.output, rel=1e-5)


@pytest.mark.parametrize("padding", [0, 2])
def test_the_filter_is_what_the_network_computes(padding: int, digits: Source) -> None:
    """The strongest answer of a filter that lies in the picture, with the pixels it looks at."""
    liuli.manual_seed(1)
    layer = nn.Conv2d(1, 5, (3, 5), stride=(1, 2), padding=padding, dilation=(2, 1))
    model = nn.Sequential(layer, nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))
    example = examples(digits, 1)
    kinds = [part.kind for part in layers_of(model, example)]
    neuron = neuron_of(model, digits, kinds)
    assert neuron is not None and neuron.corner is not None and neuron.picture is not None
    assert neuron.inputs.shape == neuron.weights.shape == neuron.picture.shape == (3, 5)
    assert neuron.activation == "relu"
    assert neuron.total == pytest.approx(neuron.output, rel=1e-5)
    answers = np.asarray(
        nn.functional.conv2d(
            liuli.tensor(example), layer.weight, layer.bias, (1, 2), 0, (2, 1)
        ).detach()
    )
    odd = answers  # without padding: places where the filter lies in the picture
    if padding == 0:
        assert neuron.output == pytest.approx(odd.max(), rel=1e-5)
    top, left = neuron.corner
    seen = example[0, 0, top : top + 5 : 2, left : left + 5]
    np.testing.assert_array_equal(neuron.inputs, seen)
    mean, std = neuron.scaling
    np.testing.assert_allclose((neuron.picture / 255 - mean) / std, seen, atol=1e-5)


def test_pictures_in_colours_have_no_neuron(digits: Source) -> None:
    assert neuron_of(nn.Sequential(nn.Conv2d(3, 2, 3)), digits, ["Conv2d"]) is None


def test_products(digits: Source) -> None:
    """A convolution uses a weight at every place of what comes out."""
    model = nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(576, 10))
    assert products_of(layers_of(model, examples(digits, 1))) == 4 * 25 * 144 + 5760
