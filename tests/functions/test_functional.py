"""nn.functional beyond PyTorch's values (tests/golden): gradients, errors, chance, recording."""

from __future__ import annotations

import inspect
import math
import warnings
from typing import Any

import numpy as np
import pytest

import liuli
from liuli.compiler.trace import record
from liuli.errors import ArgumentError, DTypeError, LiuliError, OutOfRangeError, ShapeError
from liuli.functions import functional as F

LABELS = liuli.tensor([2, 0, -100, 1])
SIGNS = liuli.tensor([1, -1, 1, -1])
MASK = liuli.tensor([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 1, 1], [0, 1, 1, 1]]).bool()


def leaves(*shapes: tuple[int, ...], low: float = -1.0, high: float = 1.0) -> list[Any]:
    draw = np.random.default_rng(11)
    made = [draw.uniform(low, high, shape) for shape in shapes]
    return [liuli.tensor(array, requires_grad=True) for array in made]


# --- gradients --------------------------------------------------------------------------------
WIDE: dict[str, Any] = {
    "relu6": lambda x: F.relu6(x * 9), "prelu": lambda x: F.prelu(x, x[0, :3]), "selu": F.selu,
    "celu": lambda x: F.celu(x, 0.7), "gelu tanh": lambda x: F.gelu(x, "tanh"), "mish": F.mish,
    "hardswish": lambda x: F.hardswish(x * 4), "hardsigmoid": lambda x: F.hardsigmoid(x * 4),
    "softsign": F.softsign, "tanhshrink": F.tanhshrink, "logsigmoid": F.logsigmoid,
    "softshrink": lambda x: F.softshrink(x, 0.3), "hardshrink": lambda x: F.hardshrink(x, 0.3),
    "threshold": lambda x: F.threshold(x, 0.1, 2.0), "glu": lambda x: F.glu(x, 0),
    "softmin": lambda x: F.softmin(x, 1), "elu": lambda x: F.elu(x, 1.3), "hardtanh": F.hardtanh,
    "pad reflect": lambda x: F.pad(x, (2, 1), "reflect"), "normalize": F.normalize,
    "pad circular": lambda x: F.pad(x, (1, 2), "circular"),
    "pad replicate": lambda x: F.pad(x, (-1, 2), "replicate"),
    "embedding": lambda x: F.embedding(liuli.tensor([[1, 1], [0, 3]]), x, padding_idx=2),
    "layer_norm": lambda x: F.layer_norm(x, (3,), x[0], x[1]),
    "rms_norm": lambda x: F.rms_norm(x, (3,), x[1]),
    "batch_norm": lambda x: F.batch_norm(x, None, None, x[1], x[2], training=True),
    "batch_norm eval": lambda x: F.batch_norm(x, x[0], x[1] ** 2, x[2], None),
    "group_norm": lambda x: F.group_norm(x.reshape(1, 4, 3), 2, x[:, 0], x[:, 1]),
    "instance_norm": lambda x: F.instance_norm(x.reshape(1, 4, 3), weight=x[:, 0]),
    "local_response_norm": lambda x: F.local_response_norm(x.reshape(1, 4, 3), 3, alpha=0.5),
    "bilinear": lambda x: F.bilinear(x[:2], x[2:], x.reshape(4, 3, 1).expand(4, 3, 3)),
    "cosine_similarity": lambda x: F.cosine_similarity(x[:2], x[2:]), "pdist": F.pdist,
    "attention": lambda x: F.scaled_dot_product_attention(x, x * 2, x, is_causal=True),
    "attention mask": lambda x: F.scaled_dot_product_attention(x, x * 2, x, MASK),
    "attention bias": lambda x: F.scaled_dot_product_attention(x, x, x, x @ x.T),
}  # fmt: skip


@pytest.mark.parametrize("name", WIDE)
def test_gradients(name: str) -> None:
    (x,) = leaves((4, 3))
    assert liuli.autograd.gradcheck(WIDE[name], x)
    assert liuli.autograd.gradgradcheck(WIDE[name], x)


LOSSES: dict[str, Any] = {
    "cross_entropy": lambda x, y: F.cross_entropy(x, LABELS),
    "cross_entropy smooth": lambda x, y: F.cross_entropy(x, LABELS, y[0] ** 2, label_smoothing=0.1),
    "cross_entropy soft": lambda x, y: F.cross_entropy(x, y, reduction="none"),
    "cross_entropy deep": lambda x, y: F.cross_entropy(x.reshape(2, 3, 2), LABELS.reshape(2, 2)),
    "nll_loss": lambda x, y: F.nll_loss(F.log_softmax(x, 1), LABELS),
    "mse_loss": F.mse_loss, "l1_loss": F.l1_loss,
    "huber_loss": lambda x, y: F.huber_loss(x, y, delta=0.5),
    "smooth_l1_loss": lambda x, y: F.smooth_l1_loss(x, y, beta=0.5),
    "mse_loss weighted": lambda x, y: F.mse_loss(x, y, weight=y * y),
    "binary_cross_entropy": lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid()),
    "with_logits": F.binary_cross_entropy_with_logits,
    "with_logits weights":
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, y, pos_weight=y[0]),
    "kl_div": lambda x, y: F.kl_div(x, y.exp(), reduction="batchmean"),
    "poisson_nll_loss": lambda x, y: F.poisson_nll_loss(x, y.exp() + 1, full=True),
    "gaussian_nll_loss": lambda x, y: F.gaussian_nll_loss(x, y, y.exp(), full=True),
    "hinge": lambda x, y: F.hinge_embedding_loss(x[:, 0], SIGNS),
    "ranking": lambda x, y: F.margin_ranking_loss(x[:, 0], y[:, 0], SIGNS, margin=0.3),
    "cosine": lambda x, y: F.cosine_embedding_loss(x, y, SIGNS),
    "soft_margin": lambda x, y: F.soft_margin_loss(x[:, 0], SIGNS),
    "multi_margin": lambda x, y: F.multi_margin_loss(x, LABELS.clamp(min=0), p=2),
    "multilabel_margin": lambda x, y: F.multilabel_margin_loss(x, liuli.tensor([[0, 2, -1]] * 4)),
    "multilabel_soft": F.multilabel_soft_margin_loss,
    "triplet": lambda x, y: F.triplet_margin_loss(x, y, x * y, swap=True),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_loss_gradients(name: str) -> None:
    pair = leaves((4, 3), (4, 3))
    assert liuli.autograd.gradcheck(LOSSES[name], pair)
    assert liuli.autograd.gradgradcheck(LOSSES[name], pair, atol=1e-4)


@pytest.mark.parametrize("name", [*WIDE, *LOSSES])
def test_recorded_as_eager(name: str) -> None:
    """What is recorded gives the eager numbers for other inputs too."""
    function, count = (WIDE[name], 1) if name in WIDE else (LOSSES[name], 2)
    shapes = [(4, 3)] * count

    def with_gradients(*inputs: Any) -> Any:
        fresh = [x.detach().requires_grad_() for x in inputs]
        made = function(*fresh)
        return made, *liuli.autograd.grad(made.sum(), fresh, allow_unused=True)

    first, other = leaves(*shapes), [x.detach() * 0.9 + 0.01 for x in leaves(*shapes)]
    program = record(with_gradients, [x.detach() for x in first])
    expected = [t for t in with_gradients(*other) if t is not None]
    for found, wanted in zip(program.run([x.numpy() for x in other]), expected, strict=True):
        np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-12, atol=1e-14)


# --- labels -----------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss, F.multi_margin_loss])
@pytest.mark.parametrize("bad", [3, -1, 255, -99])
def test_a_label_out_of_range_is_named(loss: Any, bad: int) -> None:
    x = liuli.zeros(4, 3)
    with pytest.raises(OutOfRangeError) as caught:
        loss(x, liuli.tensor([0, 1, bad, 2]))
    facts = caught.value.facts
    assert caught.value.code == "LL330"
    assert (facts["value"], facts["place"], facts["classes"]) == (bad, "2", 3)
    with pytest.raises(OutOfRangeError) as caught:
        loss(liuli.zeros(3), liuli.tensor(bad))
    assert caught.value.facts["value"] == bad


def test_a_label_out_of_range_in_an_image_is_placed() -> None:
    target = liuli.zeros(2, 2, 2, dtype=liuli.int64)
    target[1, 0, 1] = 7
    with pytest.raises(OutOfRangeError) as caught:
        F.cross_entropy(liuli.zeros(2, 3, 2, 2), target)
    assert caught.value.facts["place"] == "(1, 0, 1)"


def test_recorded_programs_check_labels_before_they_write() -> None:
    (weight,) = leaves((3, 5))
    x = liuli.ones(2, 5, dtype=liuli.float64)

    def step(labels: Any) -> Any:
        loss = F.cross_entropy(F.linear(x, weight), labels)
        loss.backward()
        with liuli.no_grad():
            weight.sub_(weight.grad)
            weight.grad = None
        return loss

    program = record(step, [liuli.tensor([0, 2])])
    before = weight.detach().clone()
    with pytest.raises(OutOfRangeError):
        program.run([np.array([0, 3])])
    assert bool((weight == before).all())
    program.run([np.array([0, 1])])
    assert not bool((weight == before).all())


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "int8", "uint8", "uint32", "bool"])
def test_labels_of_any_whole_dtype(dtype: str) -> None:
    x, labels = liuli.randn(4, 2), liuli.tensor([0, 1, 1, 0])
    assert (
        F.cross_entropy(x, labels.to(getattr(liuli, dtype))).item()
        == F.cross_entropy(x, labels).item()
    )


def test_ignored_labels_do_not_count() -> None:
    (x,) = leaves((4, 3))
    x.data[2] = -math.inf  # the numbers of an ignored row do not matter either
    loss = F.cross_entropy(x, LABELS)
    loss.backward()
    assert loss.item() == pytest.approx(F.cross_entropy(x[[0, 1, 3]], LABELS[[0, 1, 3]]).item())
    assert bool((x.grad[[0, 1, 3]] != 0).all())


# --- dtypes -----------------------------------------------------------------------------------
def test_linear_casts_to_the_weights() -> None:
    weight, bias = liuli.randn(2, 3), liuli.zeros(2)
    for x in (liuli.ones(4, 3, dtype=liuli.float64), liuli.ones(4, 3, dtype=liuli.uint8)):
        assert F.linear(x, weight, bias).dtype is F.linear(x, weight).dtype is liuli.float32


@pytest.mark.parametrize("name", [n for n in LOSSES if "deep" not in n])
@pytest.mark.parametrize("dtype", [liuli.float16, liuli.bfloat16])
def test_short_floats(name: str, dtype: Any) -> None:
    wide = leaves((4, 3), (4, 3))
    short = [x.detach().to(dtype).requires_grad_() for x in wide]
    loss = LOSSES[name](*short)
    loss.sum().backward()
    assert loss.dtype is dtype
    expected = LOSSES[name](*(x.detach().to(liuli.float64) for x in short))
    np.testing.assert_allclose(
        loss.float().detach().numpy(), expected.numpy(), rtol=0.05, atol=0.05
    )


@pytest.mark.parametrize("dtype", [liuli.float16, liuli.bfloat16])
def test_short_floats_are_normalised_in_float32(dtype: Any) -> None:
    x = (liuli.randn(64, 8) * 3 + 100).to(dtype)
    exact = F.layer_norm(x.double(), (8,))
    found = F.layer_norm(x, (8,), liuli.ones(8, dtype=dtype), liuli.zeros(8, dtype=dtype))
    assert found.dtype is dtype
    np.testing.assert_allclose(found.double().numpy(), exact.numpy(), atol=0.02)
    assert F.batch_norm(x, None, None, training=True).dtype is dtype


# --- dropout ----------------------------------------------------------------------------------
def test_dropout() -> None:
    liuli.manual_seed(3)
    x = liuli.ones(1000, 40)
    made = F.dropout(x, 0.3)
    kept = (made != 0).float()
    assert float(kept.mean()) == pytest.approx(0.7, abs=0.01)
    assert set(made.unique().tolist()) == {0.0, float(np.float32(1 / 0.7))}
    assert F.dropout(x, 0.3, training=False) is x
    assert F.dropout(x, 0.0) is x
    assert float(F.dropout(x, 1.0).abs().sum()) == 0
    for p in (-0.1, 1.1, math.nan):
        with pytest.raises(ArgumentError):
            F.dropout(x, p)
    for other in (F.dropout2d, F.alpha_dropout, F.feature_alpha_dropout):
        with pytest.raises(ArgumentError):
            other(x, 2.0)


@pytest.mark.parametrize(("function", "shape", "kept"), [
    (F.dropout1d, (50, 8, 5), 2), (F.dropout1d, (400, 5), 1), (F.dropout2d, (50, 8, 3, 5), 2),
    (F.dropout3d, (50, 8, 2, 3, 2), 2), (F.dropout3d, (400, 2, 3, 2), 1),
    (F.feature_alpha_dropout, (50, 8, 3, 5), 2),
])  # fmt: skip
def test_dropout_of_channels(function: Any, shape: tuple[int, ...], kept: int) -> None:
    liuli.manual_seed(3)
    made = function(liuli.ones(shape), 0.5, True).reshape(*shape[:kept], -1)
    assert bool((made == made[..., :1]).all())
    assert len(made.unique()) == 2


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    liuli.manual_seed(3)
    made = F.alpha_dropout(liuli.randn(200_000), 0.4, training=True)
    assert float(made.mean()) == pytest.approx(0, abs=0.02)
    assert float(made.std()) == pytest.approx(1, abs=0.02)


def test_dropout_in_place_and_its_gradient() -> None:
    liuli.manual_seed(3)
    (x,) = leaves((4, 3))
    y = x * 2
    assert F.dropout(y, 0.5, inplace=True) is y
    y.sum().backward()
    assert bool(((x.grad == 4) == (y != 0)).all())


def test_random_slopes_and_choices() -> None:
    liuli.manual_seed(3)
    x = liuli.full((1000,), -1.0)
    slopes = -F.rrelu(x, 0.1, 0.3, training=True)
    assert 0.1 <= float(slopes.min()) < 0.12
    assert 0.28 < float(slopes.max()) <= 0.3
    logits = liuli.tensor([0.0, math.log(3.0)]).expand(4000, 2)
    hard = F.gumbel_softmax(logits, hard=True)
    assert float(hard[:, 1].mean()) == pytest.approx(0.75, abs=0.03)


# --- statistics -------------------------------------------------------------------------------
def test_running_statistics() -> None:
    x = liuli.randn(8, 3, 4) * 2 + 1
    mean, var = liuli.zeros(3), liuli.ones(3)
    F.batch_norm(x, mean, var, training=True, momentum=0.25)
    np.testing.assert_allclose(mean.numpy(), 0.25 * x.mean((0, 2)).numpy(), rtol=1e-5)
    np.testing.assert_allclose(var.numpy(), 0.75 + 0.25 * x.var((0, 2)).numpy(), rtol=1e-5)
    assert mean._version == var._version == 1
    before = mean.clone()
    F.batch_norm(x, mean, var)
    assert bool((mean == before).all())


def test_max_norm_shortens_rows_in_place() -> None:
    weight = liuli.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]], requires_grad=True)
    F.embedding(liuli.tensor([0, 1, 0]), weight, max_norm=1.0).sum().backward()
    lengths = weight.detach().norm(dim=1)
    np.testing.assert_allclose(lengths.numpy(), [1.0, 0.5, 10.0], rtol=1e-5)
    assert weight.grad.tolist() == [[2, 2], [1, 1], [0, 0]]


def test_attention_that_may_look_nowhere_gives_zeros() -> None:
    q, mask = leaves((4, 4))[0], MASK
    made = F.scaled_dot_product_attention(q, q, q, mask)
    made.sum().backward()
    assert made[1].tolist() == [0] * 4
    assert bool(q.grad.isfinite().all())


# --- messages ---------------------------------------------------------------------------------
X, IMAGE = liuli.zeros(4, 3), liuli.zeros(2, 3, 4)
REFUSED: list[tuple[str, type[LiuliError], Any]] = [
    ("LL130", ShapeError, lambda: F.linear(X, liuli.zeros(5, 4))),
    ("LL130", ShapeError, lambda: F.linear(liuli.tensor(1.0), liuli.zeros(5, 4))),
    ("LL131", ShapeError, lambda: F.prelu(X, liuli.zeros(2))),
    ("LL131", ShapeError, lambda: F.batch_norm(X, liuli.zeros(2), liuli.zeros(3), training=True)),
    ("LL131", ShapeError, lambda: F.cross_entropy(X, LABELS, liuli.ones(4))),
    ("LL132", ShapeError, lambda: F.glu(X)),
    ("LL133", ShapeError, lambda: F.layer_norm(X, (4,))),
    ("LL134", ShapeError, lambda: F.layer_norm(X, (3,), liuli.ones(4))),
    ("LL135", ShapeError, lambda: F.batch_norm(liuli.zeros(3), None, None, training=True)),
    ("LL136", ShapeError, lambda: F.batch_norm(X[:1], None, None, training=True)),
    ("LL137", ShapeError, lambda: F.group_norm(IMAGE, 2)),
    ("LL138", ShapeError, lambda: F.binary_cross_entropy(X, X[0])),
    ("LL140", ShapeError, lambda: F.cross_entropy(X, liuli.zeros(3, dtype=liuli.int64))),
    ("LL140", ShapeError, lambda: F.nll_loss(X, liuli.zeros(4, 1, dtype=liuli.int64))),
    ("LL141", ShapeError, lambda: F.gaussian_nll_loss(X, X, liuli.ones(3))),
    ("LL142", ShapeError, lambda: F.linear(X, liuli.zeros(5, 3), liuli.zeros(3))),
    ("LL143", ShapeError, lambda: F.bilinear(X, X, liuli.zeros(2, 3, 4))),
    ("LL144", ShapeError, lambda: F.pad(X, (3, 0), "reflect")),
    ("LL144", ShapeError, lambda: F.pad(X, (-2, -2))),
    ("LL207", DTypeError, lambda: F.embedding(X, X)),
    ("LL230", DTypeError, lambda: F.cross_entropy(X, liuli.zeros(4))),
    ("LL302", OutOfRangeError, lambda: F.embedding(liuli.tensor([0, 4]), X)),
    ("LL302", OutOfRangeError, lambda: F.embedding(liuli.tensor([-1]), X)),
    ("LL330", OutOfRangeError, lambda: F.one_hot(LABELS, 2)),
    ("LL331", OutOfRangeError, lambda: F.binary_cross_entropy(X + 1.5, X)),
    ("LL332", OutOfRangeError, lambda: F.gaussian_nll_loss(X, X, X - 1)),
    ("LL602", ArgumentError, lambda: F.mse_loss(X, X, reduction="average")),
    ("LL602", ArgumentError, lambda: F.gelu(X, "quick")),
    ("LL602", ArgumentError, lambda: F.pad(X, (1, 1), "mirror")),
    ("LL630", ArgumentError, lambda: F.batch_norm(X, None, None)),
    ("LL631", ArgumentError, lambda: F.huber_loss(X, X, delta=0)),
    ("LL632", ArgumentError, lambda: F.cross_entropy(X, LABELS, label_smoothing=2.0)),
    ("LL633", ArgumentError, lambda: F.embedding(LABELS[:2], X, padding_idx=4)),
    ("LL634", ArgumentError, lambda: F.embedding_bag(LABELS[:2], X)),
    ("LL635", ArgumentError, lambda: F.one_hot(LABELS[:0])),
    ("LL636", ArgumentError, lambda: F.pad(X, (1, 2, 3))),
    ("LL637", ArgumentError, lambda: F.scaled_dot_product_attention(X, X, X, MASK, is_causal=True)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "call"), REFUSED)
def test_refused(code: str, kind: type[LiuliError], call: Any) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.code == code


@pytest.mark.parametrize(("code", "call"), [
    ("LL139", lambda: F.mse_loss(liuli.zeros(4, 1), liuli.zeros(4))),
    ("LL139", lambda: F.smooth_l1_loss(liuli.zeros(4, 1), liuli.zeros(4))),
    ("LL640", lambda: F.softmax(X)),
])  # fmt: skip
def test_warned(code: str, call: Any) -> None:
    with pytest.warns(UserWarning, match=code) as caught:
        call()
    assert caught[0].filename == __file__


def test_old_words_for_reductions() -> None:
    x = liuli.tensor([1.0, 3.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert F.l1_loss(x, x * 0, size_average=False).item() == 4
        assert F.l1_loss(x, x * 0, reduce=False).tolist() == [1, 3]
        assert F.l1_loss(x, x * 0, None, True).item() == 2


def test_everything_is_documented_and_named() -> None:
    for name in F.__all__:
        item = getattr(F, name)
        assert item.__name__ == name
        assert inspect.getdoc(item), name
