"""The zoo's networks as machine code: a step of training gives eager's numbers."""

from __future__ import annotations

from functools import partial

import pytest

import liuli
from liuli import nn, zoo
from liuli.compiler.machine import available
from liuli.nn import functional as F
from tests.zoo.filling import pictures
from tests.zoo.test_zoo import Make

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

TINY = partial(zoo.ResNet, (1, 1), (3, 5), num_classes=4, stem=3)
NETWORKS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "projection": (TINY, (3, 6, 6)),
    "padding": (partial(TINY, shortcut="padding"), (3, 6, 6)),
    "cnn": (partial(zoo.cnn, (1, 8, 8), (3, 4), hidden=6), (1, 8, 8)),
    "lenet5 paper": (partial(zoo.lenet5, variant="paper"), (1, 28, 28)),
    "lenet5": (zoo.lenet5, (1, 28, 28)),
    "deep_conv_net": (partial(zoo.deep_conv_net, dropout=0.0), (1, 28, 28)),
    "vgg11": (partial(zoo.vgg11, 10, image_size=32), (3, 32, 32)),
    "resnet18": (partial(zoo.resnet18, 10), (3, 40, 40)),
    "resnet20 paper": (partial(zoo.resnet20, variant="paper"), (3, 32, 32)),
}
QUICK = {"projection", "padding", "cnn"}


def losses(make: Make, shape: tuple[int, ...], *, compiled: bool) -> list[float]:
    """The losses of some steps of SGD."""
    liuli.manual_seed(0)
    model, x, y = make(), liuli.tensor(pictures(4, *shape)), liuli.tensor([0, 1, 2, 3])
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.002, momentum=0.9)
    assert isinstance(model, nn.Module)

    def step() -> liuli.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    run = liuli.compile(step) if compiled else step
    found = [run().item() for _ in range(6)]
    assert not compiled or (run.programs and run.fallen is None)
    return found


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
             for name in NETWORKS]
)  # fmt: skip
def test_a_compiled_step_gives_eagers_numbers(name: str) -> None:
    make, shape = NETWORKS[name]
    eager = losses(make, shape, compiled=False)
    assert losses(make, shape, compiled=True) == pytest.approx(eager, rel=1e-3, abs=1e-5)
    assert eager[-1] < eager[0]
