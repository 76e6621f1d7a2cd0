"""Module: what is registered where, state dicts, modes, hooks, copies, and what users are told."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import errors, nn
from liuli.autodiff.state import STATE
from liuli.functions import functional
from tests.golden.run import fill


class Net(nn.Module):
    """Two layers, a buffer that is saved and one that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(4, 2)
        self.register_buffer("scale", liuli.ones(2))
        self.register_buffer("seen", liuli.zeros(1), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.fc2(self.act(self.fc1(x))) * self.scale


def names(pairs: Any) -> list[str]:
    return [name for name, _ in pairs]


# --- registering ----------------------------------------------------------------------------------
def test_order_is_that_of_assignment() -> None:
    net = Net()
    assert names(net.named_parameters()) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    assert names(net.named_modules()) == ["", "fc1", "act", "fc2"]
    assert names(net.named_children()) == ["fc1", "act", "fc2"]
    assert names(net.named_buffers()) == ["scale", "seen"]
    assert list(net.state_dict()) == [
        "scale", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias",
    ]  # fmt: skip
    assert names(net.named_parameters("net"))[0] == "net.fc1.weight"
    assert list(net.parameters(recurse=False)) == []


def test_shared_parts_stand_once() -> None:
    layer = nn.Linear(3, 3)
    net = nn.Sequential(layer, layer, nn.Linear(3, 3))
    net[2].weight = layer.weight
    assert names(net.named_parameters()) == ["0.weight", "0.bias", "2.bias"]
    assert names(net.named_modules()) == ["", "0", "2"]
    assert len(list(net.children())) == 2
    assert len(list(net.named_parameters(remove_duplicate=False))) == 6
    assert len(net.state_dict()) == 6  # as in PyTorch: under every name


def test_a_new_value_takes_the_place() -> None:
    net = Net()
    net.fc1 = nn.Linear(3, 7)
    assert names(net.named_children())[0] == "fc1"
    net.act = nn.Parameter(liuli.ones(1))
    assert "act" in names(net.named_parameters()) and "act" not in names(net.named_modules())
    net.act = None
    assert net.act is None and "act" not in names(net.named_parameters())
    del net.fc2
    assert not hasattr(net, "fc2") and "fc2.weight" not in net.state_dict()
    net.scale = liuli.zeros(2)
    assert net.state_dict()["scale"].tolist() == [0.0, 0.0]


def test_what_was_registered_by_the_dicts_is_found() -> None:
    net = Net()
    net._parameters["extra"] = nn.Parameter(liuli.ones(1))
    assert net.extra.shape == (1,) and "extra" in names(net.named_parameters())


def test_paths() -> None:
    net = nn.Sequential(Net(), nn.ReLU())
    assert net.get_submodule("0.fc1") is net[0].fc1
    assert net.get_submodule("") is net
    assert net.get_parameter("0.fc1.bias") is net[0].fc1.bias
    assert net.get_buffer("0.scale") is net[0].scale
    for ask in (net.get_submodule, net.get_parameter, net.get_buffer):
        with pytest.raises(AttributeError, match="LL662"):
            ask("0.nothing")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda m: setattr(m.fc1, "weight", liuli.ones(4, 3)), "LL670"),
        (lambda m: setattr(m, "fc1", 3), "LL670"),
        (lambda m: setattr(m, "scale", 3), "LL670"),
        (lambda m: m.register_buffer("fc1.x", liuli.ones(1)), "LL669"),
        (lambda m: m.register_buffer("fc1", liuli.ones(1)), "LL669"),
        (lambda m: m.register_buffer("", liuli.ones(1)), "LL669"),
        (lambda m: m.register_buffer(3, liuli.ones(1)), "LL669"),
        (lambda m: m.register_parameter("p", liuli.ones(1)), "LL670"),
        (lambda m: m.add_module("p", nn.ReLU), "LL670"),
        (lambda m: m.nothing, "LL662"),
        (lambda m: delattr(m, "nothing"), "LL662"),
        (lambda m: m.train("yes"), "LL664"),
        (lambda m: m.to(liuli.int64), "LL664"),
        (lambda m: m.to("cuda"), "LL502"),
        (lambda m: m.cuda(), "LL502"),
        (lambda m: nn.Module(3), "LL666"),
        (lambda m: nn.ModuleList(3), "LL664"),
        (lambda m: nn.ModuleDict([1]), "LL664"),
        (lambda m: nn.Sequential(nn.ReLU())["a"], "LL664"),
        (lambda m: nn.LazyLinear(2)(liuli.tensor(1.0)), "LL671"),
        (lambda m: nn.init.normal_(3), "LL6[02]1"),
        (lambda m: nn.utils.clip_grad_norm_(m.parameters(), "a"), "LL621"),
        (lambda m: nn.Module()(3), "LL663"),
    ],
)
def test_refusals(wrong: Any, code: str) -> None:
    with pytest.raises(errors.LiuliError, match=code):
        wrong(Net())


def test_missing_super_init() -> None:
    class Bad(nn.Module):
        def __init__(self) -> None:
            self.size = 3

    for use in (lambda m: m(1), lambda m: list(m.parameters()), lambda m: m.fc1, repr):
        with pytest.raises(errors.LayerError, match="LL661"):
            use(Bad())


def test_misspelled_init_is_said_when_the_class_is_made() -> None:
    for name in ("_init_", "__int__", "__init"):
        with pytest.warns(UserWarning, match=f"LL667.*{name}"):
            type("Bad", (nn.Module,), {name: lambda self: None})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        type("Good", (nn.Module,), {"_init_": lambda self: None, "__init__": lambda self: None})


def test_hidden_layers_are_said_once() -> None:
    class Hiding(nn.Module):
        def __init__(self, layers: Any) -> None:
            super().__init__()
            self.first = nn.Linear(2, 2)
            self.layers = layers

    hiding = [[nn.ReLU()], (nn.ReLU(),), {"a": nn.ReLU()}, [nn.Parameter(liuli.ones(1))]]
    for layers in hiding:
        net = nn.Sequential(Hiding(layers))
        with pytest.warns(UserWarning, match="LL668.*Hiding.layers"):
            list(net.parameters())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            list(net.parameters())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = Hiding([])
        shown.layers.append(shown.first)  # reachable, and registered
        shown.numbers = [1, 2, "three", None]
        assert len(list(shown.parameters())) == 2


# --- calling --------------------------------------------------------------------------------------
def test_names_are_in_scope() -> None:
    seen: list[tuple[str, ...]] = []

    class Look(nn.Module):
        def forward(self, x: Any) -> Any:
            seen.append(STATE.scope)
            return x

    nn.Sequential(Look(), nn.Sequential(Look()))(1)
    assert seen == [("0",), ("1", "0")] and STATE.scope == ()
    y = Net()(liuli.ones(2, 3))
    assert "fc2.linear" in y.grad_fn.next_functions[0][0].where()


def test_lists_of_layers_stand_in_the_path() -> None:
    class Stack(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2)])
            self.layers.append(nn.Linear(2, 2))
            self.by_name = nn.ModuleDict({"a": nn.ModuleList([nn.Linear(2, 2)])})

        def forward(self, layer: Any) -> Any:
            return layer(liuli.ones(1, 3))

    net = Stack()
    for layer, path in (
        (net.layers[0], "layers.0"),
        (net.layers[1], "layers.1"),
        (net.by_name["a"][0], "by_name.a.0"),
    ):
        with pytest.raises(errors.ShapeError, match=rf": {path} \(Linear\):"):
            net(layer)


def test_scope_is_left_after_an_error() -> None:
    with pytest.raises(errors.ShapeError, match="fc1 \\(Linear\\)"):
        Net()(liuli.ones(2, 5))
    assert STATE.scope == ()


def test_the_innermost_layer_is_named_once() -> None:
    net = nn.Sequential(nn.Sequential(Net()))
    with pytest.raises(errors.ShapeError) as caught:
        net(liuli.ones(2, 5))
    first = str(caught.value).splitlines()[0]
    assert first.startswith("ShapeError [LL130]: 0.0.fc1 (Linear): the input has 5 features")


def test_errors_of_the_user_pass() -> None:
    class Bad(nn.Module):
        def forward(self, x: Any) -> Any:
            return {}["missing"]

    with pytest.raises(KeyError, match="missing"):
        Bad()(1)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        nn.Linear(2, 3)()


def test_linear_advises_what_fits() -> None:
    for shape, fix in (
        ((4, 5), "nn.Linear(5, 2, bias=False)"),
        ((4, 2, 3), "x.flatten(1)"),
        ((6, 1), "nn.Linear(1, 2, bias=False)"),
    ):
        with pytest.raises(errors.ShapeError) as caught:
            nn.Linear(6, 2, bias=False)(liuli.ones(*shape))
        assert f"try     {fix}" in str(caught.value)


# --- state ----------------------------------------------------------------------------------------
def test_state_dict_shares_memory_and_loads() -> None:
    first, second = Net(), Net()
    state = first.state_dict()
    assert not any(x.requires_grad for x in state.values())
    state["fc1.bias"].fill_(7)
    assert first.fc1.bias.tolist() == [7.0] * 4
    kept = second.fc1.weight
    assert str(second.load_state_dict(state)) == "<All keys matched successfully>"
    assert second.fc1.weight is kept and kept.requires_grad and kept.grad_fn is None
    x = liuli.randn(5, 3)
    assert liuli.equal(first(x), second(x))


def test_load_assign_takes_the_tensors() -> None:
    net, given = nn.Linear(3, 2), nn.Parameter(liuli.ones(2, 3, dtype=liuli.float64))
    net.load_state_dict({"weight": given, "bias": liuli.zeros(2)}, assign=True)
    assert net.weight is given and isinstance(net.bias, nn.Parameter)


def test_load_that_does_not_fit_changes_nothing() -> None:
    net = Net()
    before = {name: x.clone() for name, x in net.state_dict().items()}
    wrong = {**{name: x + 1 for name, x in before.items()}, "fc2.bias": liuli.ones(5)}
    for strict in (True, False):
        with pytest.raises(RuntimeError, match="LL665") as caught:
            net.load_state_dict(wrong, strict=strict)
        assert "(2,) here, (5,) in the state_dict" in str(caught.value)
    assert all(liuli.equal(x, before[name]) for name, x in net.state_dict().items())


def test_load_not_strict() -> None:
    result = Net().load_state_dict({"fc1.bias": liuli.ones(4), "more": liuli.ones(1)}, strict=False)
    assert result.missing_keys == ["scale", "fc1.weight", "fc2.weight", "fc2.bias"]
    assert result.unexpected_keys == ["more"]


def test_old_scalars_load() -> None:
    norm = nn.BatchNorm1d(2)
    norm.load_state_dict({**norm.state_dict(), "num_batches_tracked": liuli.tensor([5])})
    assert norm.num_batches_tracked.item() == 5


def test_old_batch_norms_load() -> None:
    """PyTorch before 0.4.1 did not count batches; the count stays, as there."""
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    net(liuli.randn(3, 2))
    old = {name: x for name, x in net.state_dict().items() if "num_batches" not in name}
    assert str(net.load_state_dict(old)) == "<All keys matched successfully>"
    assert net[1].num_batches_tracked.item() == 1
    del old["1.running_mean"]
    with pytest.raises(liuli.errors.ArgumentError, match="LL665"):
        net.load_state_dict(old)


def test_lazy_layers_load_and_stay_the_same_objects() -> None:
    lazy, plain = nn.LazyLinear(2), nn.Linear(3, 2)
    held = list(lazy.parameters())
    lazy.load_state_dict(plain.state_dict())
    assert liuli.equal(lazy(liuli.ones(4, 3)), plain(liuli.ones(4, 3)))
    assert type(lazy) is nn.Linear and lazy.in_features == 3
    assert all(a is b for a, b in zip(held, lazy.parameters(), strict=True))
    assert type(copy.deepcopy(nn.LazyLinear(2)).weight) is nn.UninitializedParameter


def test_modes_and_gradients() -> None:
    net = Net()
    assert net.training and not net.eval().fc1.training and net.train().act.training
    net(liuli.ones(2, 3)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all(p.grad.abs().sum() == 0 for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())


def test_apply_goes_from_the_leaves_up() -> None:
    seen: list[str] = []
    Net().apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "ReLU", "Linear", "Net"]


def test_dtypes() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    held, grads = list(net.parameters()), net(liuli.ones(4, 3)).sum().backward()
    assert grads is None
    for change, dtype in (
        (lambda: net.double(), liuli.float64),
        (lambda: net.to(liuli.float32), liuli.float32),
        (lambda: net.to(np.float64), liuli.float64),
        (lambda: net.to(np.dtype("float32"), True), liuli.float32),
        (lambda: net.type("float64"), liuli.float64),
        (lambda: net.to(dtype=liuli.float16), liuli.float16),
        (lambda: net.to("cpu", liuli.bfloat16), liuli.bfloat16),
        (lambda: net.to(liuli.ones(1)), liuli.float32),
        (lambda: net.half().float(), liuli.float32),
        (lambda: net.to("cpu").cpu(), liuli.float32),
    ):
        assert change() is net
        assert {p.dtype for p in net.parameters()} == {dtype}
        assert {p.grad.dtype for p in net.parameters()} == {dtype}
        assert net[1].running_mean.dtype is dtype
        assert net[1].num_batches_tracked.dtype is liuli.int64
    assert all(a is b and a.requires_grad for a, b in zip(held, net.parameters(), strict=True))


# --- copies, and how a module was made ------------------------------------------------------------
def test_deepcopy_is_independent() -> None:
    net = nn.Sequential(Net(), nn.Linear(2, 2))
    net[1].weight = net[0].fc1.bias  # shared, and shared it stays
    net[0](liuli.ones(1, 3)).sum().backward()
    twin = copy.deepcopy(net)
    assert twin[1].weight is twin[0].fc1.bias and isinstance(twin[1].weight, nn.Parameter)
    assert twin[0].fc1.weight.grad is not net[0].fc1.weight.grad
    assert liuli.equal(twin[0].fc1.weight.grad, net[0].fc1.weight.grad)
    with liuli.no_grad():
        twin[0].fc1.weight.fill_(0)
    assert net[0].fc1.weight.abs().sum() > 0
    assert twin[0]._modules["fc1"] is twin[0].fc1


def test_made_with() -> None:
    class Plain(nn.Module):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__()

    layer, sizes = nn.ReLU(), [1, 2]
    made = Plain(3, sizes, a={"b": (None, 1.5)}, dtype=liuli.float32, layer=layer)
    sizes.append(3)
    kwargs = {"a": {"b": (None, 1.5)}, "dtype": liuli.float32, "layer": layer}
    assert made._made_with == ((3, [1, 2]), kwargs)
    for argument in (liuli.ones(1), np.ones(1), object(), lambda: 1, [liuli.ones(1)], {1, 2}):
        assert Plain(argument)._made_with is None
    chain = nn.Sequential(layer)
    chain.append(nn.Tanh())
    assert chain._made_with == (({"0": layer, "1": chain[1]},), {})
    args, _ = nn.ModuleList([layer])._made_with
    assert args == ([layer],)


# --- hooks ----------------------------------------------------------------------------------------
def test_forward_hooks() -> None:
    net, x = nn.Linear(2, 2), liuli.ones(1, 2)
    plain = net(x)
    before = net.register_forward_pre_hook(lambda m, args: (args[0] * 0,))
    assert liuli.equal(net(x), net.bias.reshape(1, 2))
    after = net.register_forward_hook(lambda m, args, y: y * 0)
    assert net(x).abs().sum() == 0
    first = net.register_forward_hook(lambda m, args, y: y + 1, prepend=True)
    assert net(x).abs().sum() == 0  # it ran before the one that multiplies by 0
    for handle in (before, after, first):
        handle.remove()
    assert liuli.equal(net(x), plain)


def test_hooks_with_kwargs_and_always() -> None:
    class Scale(nn.Module):
        def forward(self, x: Any, by: float = 1.0) -> Any:
            if by == 0:
                raise ZeroDivisionError("mine")
            return x * by

    seen: list[Any] = []
    net = Scale()
    net.register_forward_pre_hook(lambda m, a, k: (a, {**k, "by": k["by"] * 2}), with_kwargs=True)
    net.register_forward_hook(lambda m, a, k, y: seen.append((k["by"], y)), with_kwargs=True,
                              always_call=True)  # fmt: skip
    assert net(3.0, by=2.0) == 12.0
    with pytest.raises(ZeroDivisionError):
        net(3.0, by=0.0)
    assert seen == [(4.0, 12.0), (0.0, None)]


def test_full_backward_hooks_see_and_change_gradients() -> None:
    net, x = fill(nn.Linear(3, 2)), liuli.randn(4, 3, requires_grad=True)
    seen: list[Any] = []
    net.register_full_backward_hook(lambda m, gx, gy: seen.append((gx, gy)))
    with net.register_full_backward_hook(lambda m, gx, gy: (gx[0] * 10,)):
        net(x).sum().backward()
    (gx,), (gy,) = seen[0]
    expected = liuli.ones(4, 2) @ net.weight.detach()
    assert liuli.allclose(gx, expected) and liuli.equal(gy, liuli.ones(4, 2))
    assert liuli.allclose(x.grad, 10 * expected)
    assert liuli.equal(net.bias.grad, liuli.full((2,), 4.0))  # below the hook nothing changes


def test_full_backward_hooks_without_wanting_inputs() -> None:
    net, seen = nn.Linear(3, 2), []
    net.register_full_backward_pre_hook(lambda m, gy: (gy[0] * 2,))
    net.register_full_backward_hook(lambda m, gx, gy: seen.append((gx, gy[0].sum().item())))
    net(liuli.ones(4, 3)).sum().backward()
    assert seen == [((None,), 16.0)]
    assert net.bias.grad.tolist() == [8.0, 8.0]
    with liuli.no_grad():
        net(liuli.ones(4, 3))
    assert len(seen) == 1


# --- containers -----------------------------------------------------------------------------------
def test_lists() -> None:
    a, b, c = nn.ReLU(), nn.Tanh(), nn.Sigmoid()
    layers = nn.ModuleList([a])
    layers.append(c).insert(1, b)
    layers += [nn.ELU()]
    assert list(layers)[:3] == [a, b, c] and len(layers) == 4 and b in layers
    assert layers[-2] is c and type(layers[1:3]) is nn.ModuleList
    assert layers.pop(0) is a and names(layers.named_children()) == ["0", "1", "2"]
    layers[0] = a
    del layers[1:]
    assert list(layers) == [a]
    with pytest.raises(IndexError, match="LL675"):
        _ = layers[1]
    whole = nn.Sequential(a, b) + nn.Sequential(c)
    assert list(whole) == [a, b, c] and type(whole[:2]) is nn.Sequential
    assert list(nn.Sequential([a, b])) == [a, b]
    assert names(nn.Sequential({"first": a, "second": b}).named_children()) == ["first", "second"]


def test_dicts() -> None:
    a, b = nn.ReLU(), nn.Tanh()
    layers = nn.ModuleDict({"a": a})
    layers["b"] = b
    assert list(layers) == ["a", "b"] and dict(layers.items()) == {"a": a, "b": b}
    assert "a" in layers and layers.pop("a") is a and len(layers) == 1
    layers.update(nn.ModuleDict({"a": a}))
    layers.clear()
    assert not list(layers.values())
    with pytest.raises(errors.LayerError, match="LL662"):
        _ = layers["a"]


def test_lists_and_dicts_of_parameters() -> None:
    weights = nn.ParameterList([liuli.ones(2), 3])
    weights += [liuli.zeros(1)]
    assert names(weights.named_parameters()) == ["0", "2"] and weights[1] == 3
    assert len(weights[:2]) == 2 and weights[-1].requires_grad
    weights[0] = liuli.zeros(5)
    assert weights.state_dict()["0"].shape == (5,)
    with pytest.raises(IndexError, match="LL675"):
        _ = weights[3]
    table = nn.ParameterDict({"a": liuli.ones(2)})
    table["b"] = liuli.ones(3)
    assert names(table.named_parameters()) == ["a", "b"] and table.pop("a").shape == (2,)
    assert list(table.keys()) == ["b"] and "a" not in table


def test_parameters_are_tensors_that_share_memory() -> None:
    x = liuli.ones(2)
    p = nn.Parameter(x)
    assert p.requires_grad and isinstance(p, liuli.Tensor) and p.is_leaf
    x.fill_(3)
    assert p.tolist() == [3.0, 3.0] and type(p * 2) is liuli.Tensor
    assert type(copy.copy(p)) is nn.Parameter
    with pytest.raises(errors.DTypeError, match="LL601"):
        nn.Parameter([1.0])  # type: ignore[arg-type]
    with pytest.raises(errors.DTypeError, match="LL202"):
        nn.Parameter(liuli.arange(3))
    assert not nn.Parameter(liuli.arange(3), requires_grad=False).requires_grad


def test_functional_is_the_one_we_have() -> None:
    assert nn.functional.__all__ == functional.__all__
    assert all(getattr(nn.functional, n) is getattr(functional, n) for n in functional.__all__)


# --- in learning ----------------------------------------------------------------------------------
def test_tutorial_counts_26_parameters() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))
    assert [p.numel() for p in net.parameters()] == [9, 3, 6, 2, 4, 2]
    assert sum(p.numel() for p in net.parameters()) == 26
    assert net(liuli.ones(5, 3)).shape == (5, 2)


def test_dropout_drops_in_training_only() -> None:
    x = liuli.ones(20_000)
    for p in (0.2, 0.5):
        y = nn.Dropout(p)(x)
        assert abs((y == 0).float().mean().item() - p) < 0.02
        assert abs(y.mean().item() - 1) < 0.03
    for kind in (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.FeatureAlphaDropout):
        image = liuli.ones(8, 50, *(4,) * {nn.Dropout1d: 1, nn.Dropout3d: 3}.get(kind, 2))
        flat = kind(0.5)(image).flatten(2)
        assert (flat == flat[:, :, :1]).all() and len(flat.unique()) == 2
    z = nn.AlphaDropout(0.2)(nn.SELU()(liuli.randn(50_000)))
    assert abs(z.mean().item()) < 0.03 and abs(z.std().item() - 1) < 0.05
    with pytest.raises(errors.ArgumentError, match="LL632"):
        nn.Dropout(1.5)


def test_rrelu_slopes_are_uniform() -> None:
    y = nn.RReLU(0.1, 0.3)(-liuli.ones(20_000))
    assert y.min() >= -0.3 and y.max() <= -0.1 and abs(y.mean().item() + 0.2) < 0.01
