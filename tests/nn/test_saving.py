"""save and load: everything comes back as it was, and a file can do no harm."""

from __future__ import annotations

import io
import json
import math
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import liuli
from liuli import files, nn
from liuli.errors import DeviceError, FileError
from liuli.nn.packing import pack
from liuli.nn.saving import load, save
from liuli.nn.unpacking import unpack
from tests.golden import make_files


def again(obj: Any, **options: Any) -> Any:
    """What is loaded after `obj` was saved."""
    stream = io.BytesIO()
    save(obj, stream)
    stream.seek(0)
    return load(stream, **options)


def same(a: Any, b: Any) -> bool:
    """Equal, of the same types, with nan equal to nan."""
    if isinstance(a, (np.generic, bytearray)):
        a = a.item() if isinstance(a, np.generic) else bytes(a)
    if type(a) is not type(b):
        return False
    if isinstance(a, liuli.Tensor):
        return a.requires_grad == b.requires_grad and same(a.detach().numpy(), b.detach().numpy())
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a), list(b)) and all(map(same, a.values(), b.values()))
    return a == b or (a != a and b != b)


# --- there and back -------------------------------------------------------------------------------
NUMBERS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**200) | st.floats()
    | st.text(max_size=8) | st.binary(max_size=8)
    | st.sampled_from([liuli.float32, liuli.bfloat16, liuli.Size([2, 3]), liuli.device("cpu")])
)  # fmt: skip
KEYS = st.text(max_size=8) | st.integers() | st.none() | st.tuples(st.integers(), st.text())
OBJECTS = st.recursive(
    PLAIN | NUMBERS | NUMBERS.map(liuli.tensor),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=3).map(OrderedDict)
        | st.frozensets(KEYS, max_size=3)
        | st.sets(KEYS, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(OBJECTS)
def test_nested_objects(obj: Any) -> None:
    assert same(obj, again(obj))


def test_numbers_of_numpy_become_pythons() -> None:
    found = again([np.float32(0.5), np.int8(3), np.bool_(True), np.float64("nan"), True])
    assert found[:3] == [0.5, 3, True] and math.isnan(found[3])
    assert [type(x) for x in found] == [float, int, bool, float, bool]


def test_every_dtype() -> None:
    for dtype in ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64",
                  "uint8", "uint32", "bool"):  # fmt: skip
        x = liuli.tensor([0, 1, 3]).to(getattr(liuli, dtype))
        found = again(x)
        assert found.dtype == x.dtype and liuli.equal(found, x)


def test_a_path_and_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    for name in (path, str(path)):
        save({"a": 1}, name)
        assert load(name, "cpu", weights_only=False, mmap=True) == {"a": 1}
    with open(path, "rb") as file:
        assert load(file, map_location=lambda storage, place: storage) == {"a": 1}
    with pytest.raises(DeviceError, match="LL502"):
        load(path, map_location="cuda")


def test_several_in_one_stream() -> None:
    stream = io.BytesIO(b"head")
    stream.seek(4)
    save(liuli.ones(2), stream)
    stream.seek(4)
    assert load(stream).tolist() == [1, 1]


# --- memory ---------------------------------------------------------------------------------------
def test_what_is_shared_is_shared_again() -> None:
    x = liuli.arange(12.0).reshape(3, 4)
    a, b, c, d, e, f = again([x, x.T, x[1:, ::2], x, x.view(-1)[5], x.diagonal()])
    assert a is d and same([a, b, c], [x, x.T, x[1:, ::2]])
    a[1, 1] = 100.0
    assert b[1, 1] == e == f[1] == 100.0
    c.zero_()
    assert a[1, 2] == 0.0 and a._version == c._version  # one storage: writes are watched


def test_many_views_of_one_memory() -> None:
    """Each is looked at once: a flat buffer may have thousands."""
    whole = liuli.arange(3000.0)
    found = again(list(whole))
    whole.zero_()
    assert [x.item() for x in found] == list(range(3000))
    assert len({id(x._storage) for x in found}) == 1


def test_a_view_alone_is_small() -> None:
    arrays, _ = pack({"x": liuli.zeros(1000, 1000)[0, :5]})
    assert arrays["x"].shape == (5,)


def test_memory_in_another_order() -> None:
    x = liuli.from_numpy(np.asfortranarray(np.arange(12.0).reshape(3, 4)))
    assert same([x, x.T, x[1]], again([x, x.T, x[1]]))
    wide = liuli.tensor([1.0, 2.0]).expand(3, 2)
    found = again([wide, wide[0]])
    assert same(found, [wide, wide[0]]) and found[0].stride(0) == 0


def test_gradients_are_asked_for_again() -> None:
    x = liuli.ones(2, requires_grad=True)
    found = again({"leaf": x, "computed": x * 2, "parameter": nn.Parameter(liuli.ones(1))})
    assert found["leaf"].is_leaf and found["leaf"].requires_grad
    assert found["computed"].is_leaf and found["computed"].tolist() == [2, 2]
    assert type(found["parameter"]) is nn.Parameter


# --- modules --------------------------------------------------------------------------------------
class Net(nn.Module):
    """A user's own class, with something in it that is no plain value."""

    def __init__(self, width: int = 3, act: Any = None) -> None:
        super().__init__()
        self.fc = nn.Linear(2, width)
        self.tied = nn.Linear(2, width)
        self.tied.weight = self.fc.weight
        self.act = liuli.relu if act is None else act
        self.register_buffer("seen", liuli.zeros(()))
        self.register_buffer("scratch", liuli.ones(2), persistent=False)
        self.names = ["a", "b"]

    def forward(self, x: Any) -> Any:
        return self.act(self.fc(x)) + self.tied(x)


class Plain(nn.Module):
    """A user's own class of plain values; its constructor would run once only."""

    made = 0

    def __init__(self, model: Any) -> None:
        super().__init__()
        type(self).made += 1
        self.body, self.scale = model, 2.0
        self.also = [model]

    def forward(self, x: Any) -> Any:
        return self.body(x) * self.scale


def agree(a: Any, b: Any) -> bool:
    """The same printed form, state, and results."""
    x = liuli.rand(4, 2)
    return (
        repr(a) == repr(b)
        and same(a.state_dict(), b.state_dict())
        and [m.training for m in a.modules()] == [m.training for m in b.modules()]
        and liuli.equal(a(x), b(x))
    )


def test_layers_that_were_exchanged_and_added() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    model[1] = nn.Linear(3, 5, bias=False)
    model.append(nn.Identity())
    model.add_module("last", nn.Linear(5, 1))
    model[0].eval()
    found = again(model)
    assert agree(found, model)
    found.append(nn.Identity())  # it works on as any other
    assert len(found) == 5


def test_a_class_of_the_users() -> None:
    model = Net(width=4)
    model.fc.weight.requires_grad_(False)
    model.names.append("c")
    model.fc.extra = nn.Linear(1, 1)
    model.seen += 3
    found = again(model, classes=[Plain, Net])
    assert agree(found, model) and found.names == ["a", "b", "c"]
    assert found.fc.weight is found.tied.weight and not found.fc.weight.requires_grad
    assert "scratch" not in found.state_dict() and found.scratch.tolist() == [1, 1]
    assert isinstance(found.fc.extra, nn.Linear)
    assert agree(again(found, classes=[Net]), model)


def test_a_class_of_plain_values_is_not_constructed() -> None:
    model = Plain(nn.Linear(2, 2))
    model.scale, Plain.made = 0.5, 0
    found = again(model, classes=[Plain])
    assert agree(found, model) and Plain.made == 0 and found.also[0] is found.body


def test_a_module_that_is_there_twice() -> None:
    layer = nn.Linear(2, 2)
    model = nn.Sequential(layer, nn.Identity(), layer)
    found = again({"model": model, "layer": layer, "state": model.state_dict()})
    assert found["model"][0] is found["model"][2] is found["layer"]
    found["state"]["0.weight"].zero_()
    assert not found["layer"].weight.any()


def test_containers() -> None:
    model = nn.Module()
    model.layers = nn.ModuleList([nn.Linear(2, 2)])
    model.heads = nn.ModuleDict({"a": nn.Linear(2, 1)})
    model.weights = nn.ParameterList([liuli.ones(2)])
    model.table = nn.ParameterDict({"x": liuli.ones(1)})
    model.nothing = nn.Linear(2, 2, bias=False)
    found = again(model)
    assert repr(found) == repr(model) and same(found.state_dict(), model.state_dict())
    assert list(found.weights[0]) == [1, 1] and found.table["x"].requires_grad


ARGUMENTS = {
    "Linear": (2, 3), "Bilinear": (2, 3, 4), "LazyLinear": (3,),
    "LayerNorm": (3,), "RMSNorm": (3,), "GroupNorm": (1, 3), "Embedding": (4, 3),
    "EmbeddingBag": (4, 3), "Threshold": (0.1, 20), "Unflatten": (1, (2, 2)),
    "Unfold": (2,), "Fold": (4, 2),
    **{f"{name}{n}d": (2, 4, 3) for name in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{f"Lazy{name}{n}d": (4, 3) for name in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{f"{name}Pad{n}d": (1,) for name in ("Zero", "Reflection", "Replication", "Circular")
       for n in (1, 2, 3)},
    **{f"ConstantPad{n}d": (1, 0.5) for n in (1, 2, 3)},
    "CrossMapLRN2d": (2,), **{f"FractionalMaxPool{n}d": (2, 2) for n in (2, 3)},
    "LocalResponseNorm": (2,), "ChannelShuffle": (2,), "PixelShuffle": (2,), "PixelUnshuffle": (2,),
    **{f"Adaptive{name}Pool{n}d": (1,) for name in ("Avg", "Max") for n in (1, 2, 3)},
    **{f"{name}Pool{n}d": (2, 2) for name in ("Avg", "Max", "LP") for n in (1, 2, 3)},
    **{f"MaxUnpool{n}d": (2,) for n in (1, 2, 3)},
    **{f"{name}Norm{n}d": (3,) for name in ("Instance", "Batch") for n in (1, 2, 3)},
}  # fmt: skip
LAYERS = [
    name
    for name, item in sorted(vars(nn).items())
    if isinstance(item, type) and issubclass(item, nn.Module)
]


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name: str) -> None:
    """A new layer of nn can be saved, or this fails."""
    layer = getattr(nn, name)(*ARGUMENTS.get(name, ())).eval()
    found = again(layer)
    assert repr(found) == repr(layer) and not found.training
    assert vars(found).keys() == vars(layer).keys()
    assert list(found.state_dict()) == list(layer.state_dict())


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad"])
def test_an_optimizer_goes_on(name: str) -> None:
    """Loaded between two steps, it does as one that was never saved."""

    def made() -> tuple[Any, Any]:
        liuli.manual_seed(0)
        layer = nn.Linear(3, 2)
        return layer, getattr(liuli.optim, name)(layer.parameters(), lr=0.1)

    def step(layer: Any, optimizer: Any) -> None:
        optimizer.zero_grad()
        (layer(liuli.ones(2, 3)) ** 2).sum().backward()
        optimizer.step()

    one, other = made(), made()
    step(*one)
    state = again({"model": one[0].state_dict(), "optimizer": one[1].state_dict()})
    other[0].load_state_dict(state["model"])
    other[1].load_state_dict(state["optimizer"])
    step(*one)
    step(*other)
    assert same(one[0].state_dict(), other[0].state_dict())


def test_a_layer_that_has_not_seen_its_input() -> None:
    found = again(nn.LazyLinear(3))
    assert found(liuli.ones(5, 2)).shape == (5, 3)


def test_random_numbers_go_on_as_before() -> None:
    stream = io.BytesIO()
    save(Net(), stream)
    stream.seek(0)
    liuli.manual_seed(5)
    expected = liuli.rand(3)
    liuli.manual_seed(5)
    load(stream, classes=[Net])
    assert liuli.equal(liuli.rand(3), expected)


def test_a_golden_checkpoint_of_version_1() -> None:
    found, made = load(make_files.FOLDER / "checkpoint-1.safetensors"), make_files.checkpoint()
    model, network = found.pop("model"), made.pop("model")
    assert same(found, made)
    assert repr(model) == repr(network) and same(model.state_dict(), network.state_dict())
    assert model[0] is model[2] and model[1].weight is model[0].weight
    assert [m.training for m in model] == [True, True, True, False]
    assert [p.requires_grad for p in model.parameters()] == [True, False]
    found["views"][0].zero_()
    assert not found["views"][3].any()


# --- other programs -------------------------------------------------------------------------------
def test_a_state_dict_is_an_ordinary_file(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    path = tmp_path / "model.safetensors"
    for obj in (model.state_dict(), model):
        save(obj, path)
        found = safetensors.numpy.load_file(path)
        assert found.keys() == {"0.weight", "0.bias", "1.weight", "1.bias"}
        assert (found["0.weight"] == model[0].weight.detach().numpy()).all()


def test_a_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    safetensors.numpy.save_file({"w": np.ones((2, 2), np.float32)}, path)
    found = load(path)
    assert list(found) == ["w"] and same(found["w"], liuli.ones(2, 2))


# --- what cannot be saved -------------------------------------------------------------------------
class Scheduler:
    """Something with a state, as an optimizer has."""

    def state_dict(self) -> dict[str, int]:
        return {}


class Pair(tuple):  # type: ignore[type-arg]
    """A tuple with names."""

    _fields = ("a", "b")


@pytest.mark.parametrize(
    ("obj", "place", "fix"),
    [
        ({"scheduler": Scheduler()}, 'checkpoint["scheduler"]', ".state_dict()"),
        ({"a": [1, (lambda: 0,)]}, 'checkpoint["a"][1][0]', ""),
        ({"random": liuli.default_generator}, 'checkpoint["random"]', ".get_state()"),
        ([np.array(["a"])], "checkpoint[0]", ""),
        ([1j, 2], "checkpoint[0]", ""),
        ([np.complex64(1)], "checkpoint[0]", ""),
        ([Pair((1, 2))], "checkpoint[0]", "._asdict()"),
        ([nn.Linear], "checkpoint[0]", ""),
        ([Path("x")], "checkpoint[0]", ""),
        ({liuli.device("cpu"): 1}, "the key device(type='cpu') of checkpoint", ""),
        (Net(act=lambda x: x), "model.act", ""),
    ],
)
def test_what_cannot_be_saved_is_named(obj: Any, place: str, fix: str, tmp_path: Path) -> None:
    save(1, tmp_path / "x")
    with pytest.raises(FileError, match="LL924") as caught:
        save(obj, tmp_path / "x")
    assert caught.value.facts["place"] == place
    assert caught.value.facts["fix"] == (place + fix if fix else "")
    assert load(tmp_path / "x") == 1


def test_a_dict_of_another_class_is_a_dict() -> None:
    assert same(again(Counter("aab")), {"a": 2, "b": 1})


def test_a_list_that_contains_itself() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(FileError, match="LL912"):
        save(circle, io.BytesIO())
    deep: Any = 1
    for _ in range(58):
        deep = {(0,): deep}
    assert same(again(deep), deep)


# --- classes --------------------------------------------------------------------------------------
def test_a_missing_class_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save({"model": Net()}, path)
    for classes in ([], [Plain], [liuli.rand], [dict]):
        with pytest.raises(FileError, match=r"LL925") as caught:
            load(path, classes=classes)
        assert f"liuli.load({str(path)!r}, classes=[Net])" in str(caught.value)


def test_a_class_that_changed(tmp_path: Path) -> None:
    save(Net(), tmp_path / "x")

    def changed(self: Any) -> None:
        raise KeyError("another constructor")

    other = type("Net", (nn.Module,), {"__init__": changed})
    with pytest.raises(FileError, match=r"LL926.*a Net at module 0 .*another constructor"):
        load(tmp_path / "x", classes=[other])


# --- files that somebody made up ------------------------------------------------------------------
def made_up(content: Any, tensors: Any = (), modules: Any = ()) -> Any:
    """What is read from a file whose sum is right."""
    arrays = {"x": np.arange(6.0)}
    meta = {
        "kind": "object",
        "content": content,
        "tensors": list(tensors),
        "modules": list(modules),
    }
    return unpack(arrays, json.loads(json.dumps(meta)), "x")


def tensor(*chain: Any, **said: Any) -> dict[str, Any]:
    """An entry of the table of tensors."""
    return {"kind": "tensor", "grad": False, "array": "x", "chain": chain} | said


def module(**said: Any) -> dict[str, Any]:
    """An entry of the table of modules."""
    empty = {name: {} for name in ("parameters", "buffers", "modules", "attributes")}
    return {"class": "Identity", "ours": True, **empty} | said


ATTACKS = [
    ({"tensor": 0}, [tensor(["slice", {"index": [9]}])], []),
    ({"tensor": 0}, [tensor(["reshape", {"shape": [7]}])], []),
    ({"tensor": 0}, [tensor(["expand", {"shape": [10**6, 10**6, 6]}],
                            ["reshape", {"shape": [6 * 10**12]}])], []),
    ({"tensor": 0}, [tensor(["windows", {"axes": [0], "size": [9], "step": [1],
                                         "dilation": [1]}])], []),
    ({"tensor": 0}, [tensor(["exp", {}])], []),
    ({"tensor": 0}, [tensor(["zeros_like", {"shape": [10**12]}])], []),
    ({"tensor": 0}, [tensor(["slice", {"index": "abc"}])], []),
    ({"tensor": 0}, [tensor(array="y")], []),
    ({"tensor": 0}, [tensor(grad=True, array="x", chain=5)], []),
    ({"tensor": -1}, [tensor()], []),
    ({"tensor": True}, [tensor(), tensor()], []),
    ({"tensor": "0"}, {"0": tensor()}, []),
    ({"array": "../x"}, [], []),
    ({"tuple": 5}, [], []),
    ({"set": [[1]]}, [], []),
    ({"dict pairs": [[[1], 2]]}, [], []),
    ({"int": "x"}, [], []),
    ({"float": 3}, [], []),
    ({"dtype": "object"}, [], []),
    ({"device": 5}, [], []),
    ({"device": "toaster"}, [], []),
    ({"import": "os"}, [], []),
    ({"tuple": [], "dict": {}}, [], []),
    ({}, [], []),
    ({"module": 0}, [], [module(modules={"a": {"module": 0}})]),
    ({"module": 0}, [], [module(modules={"a": {"module": n + 1}}) for n in range(5000)]),
    ({"module": 0}, [], [module(modules={"a": 5})]),
    ({"module": 0}, [tensor()], [module(parameters={"a": {"tensor": 0}})]),
    ({"module": 0}, [], [module(attributes={"_unsaved": 3})]),
    ({"module": 0}, [], [module(**{"class": "os.system", "ours": False})]),
    ({"module": 0}, [], [module(**{"class": 5})]),
    ({"module": 0}, [], [{"class": "Identity", "ours": True}]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "tensors", "modules"), ATTACKS)
def test_made_up_structures(content: Any, tensors: Any, modules: Any) -> None:
    with pytest.raises(FileError, match="LL906"):
        made_up(content, tensors, modules)


def test_registries_cannot_be_overwritten() -> None:
    found = made_up({"module": 0}, [], [module(attributes={"_modules": 5, "_module_hooks": 5})])
    assert found._modules == {} and found(3) == 3


def test_arguments_of_our_own_layers_are_not_followed() -> None:
    """A small file cannot ask for a large layer."""
    said = module(**{"class": "Linear", "attributes": {"in_features": 10**6}, "ours": True})
    assert not list(made_up({"module": 0}, [], [said]).parameters())
    huge = said | {"made": [[10**7, 10**7], {}]}
    with pytest.raises(FileError, match="LL906"):
        made_up({"module": 0}, [], [huge])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["x", "nan"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["tuple", "dict", "tensor", "module", "array", "int", "set", "float"]),
        inner, max_size=2,
    ),
)  # fmt: skip


@settings(max_examples=200)
@given(JSON, st.lists(JSON | st.just(tensor()), max_size=2), st.lists(JSON, max_size=2))
def test_fuzz_structures(content: Any, tensors: Any, modules: Any) -> None:
    try:
        made_up(content, tensors, modules)
    except FileError as error:
        assert error.code in ("LL906", "LL925")


def test_arrays_without_a_structure() -> None:
    assert list(unpack({"x": np.zeros(2)}, {"epoch": 1}, "x")) == ["x"]
    stream = io.BytesIO(b"".join(files.encoded({}, {"kind": "object"}, "x")))
    with pytest.raises(FileError, match="LL906"):
        load(stream)
    with pytest.raises(FileError, match="LL904"):
        load(io.BytesIO(b""))
