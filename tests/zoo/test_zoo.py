"""The zoo's networks are those of PyTorch, torchvision and the papers: names, sizes, numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, zoo
from liuli.errors import LiuliError
from liuli.nn import functional as F
from liuli.zoo.lenet_1998 import LeNet5
from tests.zoo.filling import pictures, state_of

GOLDEN = Path(__file__).parents[1] / "golden" / "zoo.npz"
Make = Callable[[], nn.Module]

# name in the golden file: the network, the pictures it is given, how many parameters it must have
NETWORKS: dict[str, tuple[Make, tuple[int, ...], int]] = {
    "lenet5": (zoo.lenet5, (1, 28, 28), 61_706),
    "lenet5 unpadded": (partial(zoo.lenet5, padding=0), (1, 28, 28), 44_426),
    "lenet5 paper": (partial(zoo.lenet5, variant="paper"), (1, 28, 28), 60_000),
    "simple_conv_net": (zoo.simple_conv_net, (1, 28, 28), 433_890),
    "deep_conv_net": (partial(zoo.deep_conv_net, dropout=0.0), (1, 28, 28), 123_552),
    "resnet18": (zoo.resnet18, (3, 64, 64), 11_689_512),
    "resnet20": (zoo.resnet20, (3, 32, 32), 272_474),
    "resnet20 paper": (partial(zoo.resnet20, variant="paper"), (3, 32, 32), 269_722),
    "plain20": (zoo.plain20, (3, 32, 32), 269_722),
    "resnet32": (zoo.resnet32, (3, 32, 32), 466_906),
    "resnet56 paper": (partial(zoo.resnet56, variant="paper"), (3, 32, 32), 853_018),
    "vgg11": (partial(zoo.vgg11, dropout=0.0), (3, 40, 40), 132_863_336),
    "vgg11 small": (partial(zoo.vgg11, 10, image_size=32), (3, 32, 32), 9_225_610),
    "vgg11_bn small": (partial(zoo.vgg11_bn, 10, image_size=32), (3, 32, 32), 9_231_114),
}
LONG = {"vgg11", "vgg11 small", "vgg11_bn small", "resnet18", "resnet32", "resnet56 paper"}


@cache
def golden(name: str) -> dict[str, Any]:
    with np.load(GOLDEN, allow_pickle=False) as file:
        return {
            key.partition("/")[2]: file[key] for key in file.files if key.startswith(f"{name}/")
        }


def undrawn(make: Make, patch: pytest.MonkeyPatch) -> nn.Module:
    """A network whose weights are left at 0: drawing hundreds of millions of numbers takes long."""
    for name in ("kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_"):
        patch.setattr(nn.init, name, lambda tensor, *given, **options: tensor)
    return make()


@pytest.mark.parametrize("name", list(NETWORKS))
def test_names_and_sizes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, _, count = NETWORKS[name]
    model, expected = undrawn(make, monkeypatch), golden(name)
    state = {key: ",".join(map(str, value.shape)) for key, value in model.state_dict().items()
             if not key.endswith("pictures")}  # fmt: skip
    theirs = dict(zip(expected["names"].tolist(), expected["shapes"].tolist(), strict=True))
    assert state == theirs
    assert list(state) == list(theirs)
    assert sum(p.numel() for p in model.parameters()) == count == expected["parameters"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name
             for name in NETWORKS]
)  # fmt: skip
def test_numbers_are_pytorchs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores, loss and gradients of one training step, and what batch norm learned in it."""
    make, shape, _ = NETWORKS[name]
    model, expected = undrawn(make, monkeypatch), golden(name)
    shapes = ((key, tuple(value.shape)) for key, value in model.state_dict().items())
    model.load_state_dict({key: liuli.tensor(value) for key, value in state_of(shapes).items()},
                          strict=False)  # fmt: skip
    x = liuli.tensor(pictures(3, *shape))
    if name == "lenet5 paper":
        assert isinstance(model, LeNet5)
        model.output = nn.Identity()
    shown = expected["scores"].shape[1]
    close(model.eval()(x).detach()[:, :shown], expected["scores"])
    loss = F.cross_entropy(model.train()(x), liuli.tensor([1, 0, 3]))
    loss.backward()
    assert loss.item() == pytest.approx(float(expected["loss"]), rel=2e-4)
    norms = [p.grad.double().norm().item() for p in model.parameters() if p.grad is not None]
    # the gradient of a bias before batch norm is 0, and only rounding is left of it
    np.testing.assert_allclose(norms, expected["gradients"], rtol=2e-3,
                               atol=1e-5 * float(expected["gradients"].max()))  # fmt: skip
    close(model.eval()(x).detach()[:, :shown], expected["after"])


def close(ours: liuli.Tensor, theirs: Any) -> None:
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=2e-4, atol=2e-4 * np.abs(theirs).max())


@pytest.mark.parametrize(
    ("made", "count"),
    [pytest.param(partial(zoo.vgg11_bn), 132_868_840, marks=pytest.mark.slow),
     pytest.param(partial(zoo.vgg11, variant="paper"), 132_863_336, marks=pytest.mark.slow),
     (partial(zoo.resnet18, variant="paper"), 11_515_688), (zoo.plain56, 853_018),
     (zoo.resnet56, 855_770), (zoo.plain32, 464_154), (zoo.cnn, 105_866)],
)  # fmt: skip
def test_sizes_of_others(made: Make, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(p.numel() for p in undrawn(made, monkeypatch).parameters()) == count


def test_partial_connections() -> None:
    """Map 0 of C3 sees maps 0, 1, 2 of S2 and no other; the last map sees all."""
    layer = LeNet5().c3
    x = liuli.zeros(1, 6, 5, 5)
    base = layer(x)
    seen = []
    for channel in range(6):
        one = x.clone()
        one[0, channel] = 1.0
        seen.append(np.flatnonzero((layer(one) != base).numpy().ravel()).tolist())
    by_map = [[c for c in range(6) if number in seen[c]] for number in range(16)]
    assert by_map[0] == [0, 1, 2] and by_map[4] == [0, 4, 5] and by_map[14] == [0, 2, 3, 5]
    assert by_map[15] == [0, 1, 2, 3, 4, 5]
    assert sum(map(len, by_map)) == 60


def test_the_pictures_of_1998_are_ten_different_ones() -> None:
    codes = LeNet5().output.pictures
    assert codes.shape == (10, 84) and set(np.unique(codes.numpy())) == {-1.0, 1.0}
    gaps = ((codes.unsqueeze(1) - codes) ** 2).sum(2) + 1000 * liuli.eye(10)
    assert gaps.min().item() >= 4 * 4  # at least four pixels differ
    assert LeNet5().output(codes).argmax(1).tolist() == list(range(10))


def test_the_network_of_1998_learns() -> None:
    liuli.manual_seed(0)
    model = zoo.lenet5(variant="paper")
    data = liuli.data.digits(train=True)
    x = liuli.tensor(data.inputs[:20, None]).float() / 255 * 1.275 - 0.1
    y = liuli.tensor(data.targets[:20])
    optimizer = liuli.optim.Adam(model.parameters(), lr=0.002)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3


def test_first_values() -> None:
    liuli.manual_seed(0)
    book = zoo.simple_conv_net(variant="paper")
    assert book.fc1.weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert not book.conv1.bias.detach().numpy().any()
    deep = zoo.deep_conv_net()
    assert deep.fc1.weight.std().item() == pytest.approx((2 / 1024) ** 0.5, rel=0.02)
    assert deep.conv3_2.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)
    assert not deep.conv3_2.bias.detach().numpy().any()
    conv = zoo.resnet20().layer3[0].conv2
    assert conv.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)
    photo = zoo.vgg11(10, image_size=32)
    assert photo.classifier.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert photo.features[0].weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
    blocks = zoo.resnet20(variant="paper").layer2[0]
    assert blocks.bn2.weight.tolist() == [1.0] * 32


def test_zero_init_residual() -> None:
    """A block that begins as its shortcut gives the rectified input back."""
    model = zoo.ResNet((1,), (4,), num_classes=2, stem=3, zero_init_residual=True)
    x = liuli.randn(2, 4, 5, 5)
    assert liuli.equal(model.layer1(x), x.relu())


def test_the_book_drops_scores_too() -> None:
    kinds = [type(each).__name__ for each in zoo.deep_conv_net(variant="paper")]
    assert kinds[-2:] == ["Linear", "Dropout"] and kinds.count("Dropout") == 2
    usual = [type(each).__name__ for each in zoo.deep_conv_net()]
    assert usual[-1] == "Linear" and usual.count("Dropout") == 1


@pytest.mark.parametrize(
    "wrong",
    [partial(zoo.lenet5, variant="torchvision"), partial(zoo.lenet5, 11, variant="paper"),
     partial(zoo.lenet5, image_size=32, variant="paper"), partial(zoo.vgg11, image_size=31),
     partial(zoo.ResNet, (1,), (4,), stem=5), partial(zoo.BasicBlock, 4, 4, shortcut="A"),
     partial(zoo.resnet20, variant="Paper"), partial(zoo.deep_conv_net, variant="")],
)  # fmt: skip
def test_wrong_arguments_are_told(wrong: Make) -> None:
    with pytest.raises(LiuliError) as told:
        wrong()
    assert told.value.code == "LL602"


@pytest.mark.parametrize("name", ["resnet20", "resnet20 paper", "plain20", "lenet5 paper"])
def test_networks_are_saved_whole(name: str, tmp_path: Path) -> None:
    make, shape, _ = NETWORKS[name]
    model = make().eval()
    liuli.save(model, tmp_path / "model.safetensors")
    again = liuli.load(tmp_path / "model.safetensors")
    x = liuli.tensor(pictures(2, *shape))
    assert repr(again) == repr(model)
    assert liuli.equal(again(x), model(x))


def test_a_program_that_knows_no_zoo_loads_its_networks(tmp_path: Path) -> None:
    liuli.save(zoo.ResNet((1,), (2,), stem=3), tmp_path / "model.safetensors")
    program = f"import liuli; print(type(liuli.load({str(tmp_path / 'model.safetensors')!r})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          encoding="utf-8", check=False)  # fmt: skip
    assert "ResNet" in done.stdout, done.stderr


def test_a_new_head_is_put_on_as_in_torchvision() -> None:
    model = zoo.resnet20()
    model.fc = nn.Linear(model.fc.in_features, 3)
    assert model(liuli.zeros(1, 3, 32, 32)).shape == (1, 3)
    assert [name for name, _ in model.named_children()] == [
        "conv1", "bn1", "relu", "layer1", "layer2", "layer3", "avgpool", "fc"]  # fmt: skip
