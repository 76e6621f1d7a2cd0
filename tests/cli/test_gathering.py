"""What a finished training knows of itself."""

from __future__ import annotations

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.cli.gathering import _neuron, layers_of
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
    neuron = _neuron(model, digits, kinds)
    assert neuron is not None
    assert neuron.activation == ("relu" if bends else "")
    x = liuli.tensor(examples(digits, 1))
    computed = model[:3](x) if bends else model(x)
    assert neuron.output == pytest.approx(computed[0, neuron.unit].item(), rel=1e-5)
    assert neuron.total == pytest.approx(neuron.output, rel=1e-5)
