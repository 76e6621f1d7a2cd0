"""PyTorch and Liuli at a convolutional network: the same text, and what makes it faster."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from bench.conv_nets import ConvProblem
from bench.workers.serving import Contestant


class WrittenOut(Contestant):
    """A module, a loss, an optimizer, and five lines for a step."""

    def __init__(self, problem: ConvProblem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)  # type: ignore[arg-type]
        lib: Any = importlib.import_module(self.module)
        lib.set_num_threads(threads)
        lib.manual_seed(0)
        model = network(lib, problem)
        images = {"memory_format": lib.channels_last} if how == "best" else {}
        self.train = self.finished(lib, written(lib, model.to(**images), problem.of.rule, how))
        self.given = [
            (lib.from_numpy(x).to(**images) if images else lib.from_numpy(x), lib.from_numpy(y))
            for x, y in problem.batches()
        ]

    def finished(self, lib: Any, step: Callable[..., Any]) -> Callable[..., Any]:
        """The step as it is called."""
        return step

    def step(self, number: int) -> Any:
        """Train on this batch."""
        return self.train(*self.given[number])


class Torch(WrittenOut):
    """PyTorch; "best": channels last, and the one-call update."""

    module = "torch"


class Liuli(WrittenOut):
    """Liuli; "compiled": the whole step as one program."""

    module = "liuli"

    def __init__(self, problem: ConvProblem, threads: int, how: str) -> None:
        lib: Any = importlib.import_module(self.module)
        lib.settings.change(capture=False)
        super().__init__(problem, threads, how)

    def finished(self, lib: Any, step: Callable[..., Any]) -> Callable[..., Any]:
        """Compiled, or as it is."""
        made: Callable[..., Any] = lib.compile(step) if self.how == "compiled" else step
        return made

    def facts(self) -> dict[str, float]:
        """How many kernels the program has, how many of them differ, and the seconds for them."""
        [runner] = [program.runner for program in self.train.programs]  # type: ignore[attr-defined]
        addresses = runner.addresses.values()
        return {"kernels": len(addresses), "distinct": len(set(addresses)),
                "compiling": runner.seconds}  # fmt: skip


def written(lib: Any, model: Any, rule: dict[str, Any], how: str) -> Callable[..., Any]:
    """The step as people write it."""
    F = lib.nn.functional
    numbers = {key: value for key, value in rule.items() if key != "name"}
    more = {"fused": True} if how == "best" else {}
    optimizer = getattr(lib.optim, rule["name"])(model.parameters(), **numbers, **more)

    def train(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return train


def network(lib: Any, problem: ConvProblem) -> Any:
    """The module, with the weights to begin with."""
    model = lib.nn.Sequential(*modules(lib, problem))
    with lib.no_grad():
        for parameter, values in zip(model.parameters(), problem.start(), strict=True):
            parameter.copy_(lib.from_numpy(values))
    return model


def modules(lib: Any, problem: ConvProblem) -> list[Any]:
    """The layers as modules."""
    nn, shape, made = lib.nn, list(problem.of.image), []
    width = shape[0]
    linear = iter([p.shape for p in problem.parameters() if len(p.shape) == 2])
    for kind, *numbers in problem.layers:
        if kind == "conv":
            outputs, kernel, padding, stride, bias = numbers
            made.append(nn.Conv2d(width, outputs, kernel, stride, padding, bias=bias))
            width = outputs
        elif kind == "linear":
            outputs, inputs = next(linear)
            made.append(nn.Linear(inputs, outputs))
        elif kind == "block":
            made.append(block(lib, width, *numbers))
            width = numbers[0]
        else:
            made += plain(nn, kind, width, numbers)
    return made


def plain(nn: Any, kind: str, width: int, numbers: list[Any]) -> list[Any]:
    """What has no weights but a norm."""
    if kind == "global":
        return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    makers: dict[str, Callable[[], Any]] = {
        "relu": nn.ReLU, "pool": lambda: nn.MaxPool2d(*numbers), "flatten": nn.Flatten,
        "dropout": lambda: nn.Dropout(*numbers), "norm": lambda: nn.BatchNorm2d(width),
    }  # fmt: skip
    return [makers[kind]()]


def block(lib: Any, inputs: int, outputs: int, stride: int) -> Any:
    """A residual block."""
    nn = lib.nn

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            around = nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            changes = stride > 1 or inputs != outputs
            self.downsample = nn.Sequential(*around) if changes else None

        def forward(self, x: Any) -> Any:
            y = lib.relu(self.bn1(self.conv1(x)))
            y = self.bn2(self.conv2(y))
            return lib.relu(y + (x if self.downsample is None else self.downsample(x)))

    return Block()


CONTESTANTS = {"torch": Torch, "liuli": Liuli}
