"""Write down what the zoo's networks give in PyTorch: tests/golden/zoo.npz.

    python -m tests.golden.make_zoo

It needs PyTorch and torchvision. Where torchvision has a network, that is what is run; the others
are written out here, in PyTorch, by their papers. Weights come from tests/zoo/filling.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock

from tests.zoo.filling import pictures, state_of

FILE = Path(__file__).with_name("zoo.npz")
SEEN = ["012", "123", "234", "345", "450", "501", "0123", "1234", "2345", "3450", "4501", "5012",
        "0134", "1245", "0235", "012345"]  # fmt: skip


class LeNet(nn.Module):
    """LeNet-5 as PyTorch's first tutorial has it."""

    def __init__(self, padding: int, inputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=padding)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(inputs, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Any) -> Any:
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc2(F.relu(self.fc1(torch.flatten(x, 1)))))
        return self.fc3(x)


class LeNetOf1998(nn.Module):
    """LeNet-5 by its paper, map by map; the ten pictures are those that Liuli drew."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5, padding=2)
        self.s2 = both((6, 1, 1), (6, 1, 1))
        self.c3 = both((60, 5, 5), (16,))
        self.s4 = both((16, 1, 1), (16, 1, 1))
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)

    def forward(self, x: Any) -> Any:
        x = self.subsampled(squashed(self.c1(x)), self.s2)
        maps, kernels = [], iter(self.c3["weight"])
        for seen, bias in zip(SEEN, self.c3["bias"], strict=True):
            total = bias
            for number in sorted(seen):
                one = x[:, int(number) : int(number) + 1]
                total = total + F.conv2d(one, next(kernels)[None, None])
            maps.append(total)
        x = self.subsampled(squashed(torch.cat(maps, 1)), self.s4)
        return squashed(self.f6(squashed(self.c5(x)).flatten(1)))  # without the last layer

    @staticmethod
    def subsampled(x: Any, layer: Any) -> Any:
        four = x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]
        return squashed(layer["weight"] * four + layer["bias"])


def both(weight: tuple[int, ...], bias: tuple[int, ...]) -> nn.ParameterDict:
    """A weight and a bias, in this order."""
    return nn.ParameterDict([("weight", torch.zeros(weight)), ("bias", torch.zeros(bias))])


def squashed(x: Any) -> Any:
    """The paper's squashing function."""
    return 1.7159 * torch.tanh(2 * x / 3)


class SimpleConvNet(nn.Module):
    """Chapter 7 of the fish book."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 30, 5)
        self.fc1 = nn.Linear(30 * 12 * 12, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x: Any) -> Any:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


class DeepConvNet(nn.Module):
    """Chapter 8 of the fish book, nothing dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1_1, self.conv1_2 = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
        self.conv2_1, self.conv2_2 = (
            nn.Conv2d(16, 32, 3, padding=1),
            nn.Conv2d(32, 32, 3, padding=2),
        )
        self.conv3_1, self.conv3_2 = (
            nn.Conv2d(32, 64, 3, padding=1),
            nn.Conv2d(64, 64, 3, padding=1),
        )
        self.fc1, self.fc2 = nn.Linear(64 * 4 * 4, 50), nn.Linear(50, 10)

    def forward(self, x: Any) -> Any:
        x = F.max_pool2d(F.relu(self.conv1_2(F.relu(self.conv1_1(x)))), 2)
        x = F.max_pool2d(F.relu(self.conv2_2(F.relu(self.conv2_1(x)))), 2)
        x = F.max_pool2d(F.relu(self.conv3_2(F.relu(self.conv3_1(x)))), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Narrower(nn.Module):
    """The way around of option A."""

    def forward(self, x: Any) -> Any:
        near = x[:, :, ::2, ::2]
        return torch.cat([near, torch.zeros_like(near)], dim=1)


class Plain(BasicBlock):
    """A block without a way around."""

    def forward(self, x: Any) -> Any:
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Small(nn.Module):
    """A network for 32x32 from torchvision's blocks."""

    def __init__(self, count: int, kind: str) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        block = Plain if kind == "plain" else BasicBlock
        for stage, width in enumerate((16, 32, 64), start=1):
            around: Any = None
            if stage > 1 and kind != "plain":
                around = Narrower() if kind == "A" else nn.Sequential(
                    nn.Conv2d(width // 2, width, 1, 2, bias=False), nn.BatchNorm2d(width)
                )  # fmt: skip
            first = block(max(16, width // 2), width, 2 if stage > 1 else 1, around)
            rest = [block(width, width) for _ in range(count - 1)]
            setattr(self, f"layer{stage}", nn.Sequential(first, *rest))
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.fc(x.mean((2, 3)))


class SmallVGG(nn.Module):
    """torchvision's convolutions, and one Linear layer behind them."""

    def __init__(self, batch_norm: bool) -> None:
        super().__init__()
        made = torchvision.models.vgg11_bn if batch_norm else torchvision.models.vgg11
        self.features = made(num_classes=1).features
        self.classifier = nn.Linear(512, 10)

    def forward(self, x: Any) -> Any:
        return self.classifier(self.features(x).flatten(1))


# name: the network in PyTorch, and the pictures it is given
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "lenet5": (partial(LeNet, 2, 400), (1, 28, 28)),
    "lenet5 unpadded": (partial(LeNet, 0, 256), (1, 28, 28)),
    "lenet5 paper": (LeNetOf1998, (1, 28, 28)),
    "simple_conv_net": (SimpleConvNet, (1, 28, 28)),
    "deep_conv_net": (DeepConvNet, (1, 28, 28)),
    "resnet18": (torchvision.models.resnet18, (3, 64, 64)),
    "resnet20": (partial(Small, 3, "B"), (3, 32, 32)),
    "resnet20 paper": (partial(Small, 3, "A"), (3, 32, 32)),
    "plain20": (partial(Small, 3, "plain"), (3, 32, 32)),
    "resnet32": (partial(Small, 5, "B"), (3, 32, 32)),
    "resnet56 paper": (partial(Small, 9, "A"), (3, 32, 32)),
    "vgg11": (partial(torchvision.models.vgg11, dropout=0.0), (3, 40, 40)),
    "vgg11 small": (partial(SmallVGG, False), (3, 32, 32)),
    "vgg11_bn small": (partial(SmallVGG, True), (3, 32, 32)),
}
SHOWN = 12  # scores of a picture that are kept


def told(model: nn.Module, shape: tuple[int, ...]) -> dict[str, Any]:
    """Names and shapes; scores before a step of training; its loss and gradients; scores after."""
    entries = [(name, tuple(entry.shape)) for name, entry in model.state_dict().items()]
    state = {name: torch.from_numpy(array) for name, array in state_of(entries).items()}
    model.load_state_dict(state, strict=False)
    x, labels = torch.from_numpy(pictures(3, *shape)), torch.tensor([1, 0, 3])
    found: dict[str, Any] = {
        "names": np.array([name for name, _ in entries]),
        "shapes": np.array([",".join(map(str, size)) for _, size in entries]),
        "parameters": np.array(sum(p.numel() for p in model.parameters())),
    }
    with torch.no_grad():
        found["scores"] = model.eval()(x)[:, :SHOWN].numpy()
    loss = F.cross_entropy(model.train()(x), labels)
    loss.backward()
    found["loss"] = np.array(loss.item())
    found["gradients"] = np.array([float(p.grad.double().norm()) for p in model.parameters()])
    with torch.no_grad():
        found["after"] = model.eval()(x)[:, :SHOWN].numpy()
    return found


def main() -> None:
    """Write everything to one file."""
    found: dict[str, Any] = {}
    for name, (make, shape) in NETWORKS.items():
        torch.manual_seed(0)
        for key, value in told(make(), shape).items():
            found[f"{name}/{key}"] = value
        print(name, found[f"{name}/parameters"], flush=True)
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
