"""Every form of convolution and pooling, drawn at random: its gradients, eager and as machine code.

Eager gradients are compared with finite differences in float64, compiled ones with eager ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

import liuli
from liuli.compiler.machine import available
from liuli.nn import functional as F
from tests.compiler.judging import Built, judge

compiler = pytest.mark.skipif(not available(), reason="llvmlite is not here")

Array: TypeAlias = "np.ndarray[Any, Any]"
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Tensor = liuli.Tensor


@dataclass(frozen=True)
class Sizes:
    """How large the drawn things may be."""

    batch: int
    channels: int  # of a group
    outputs: int  # places along an axis


TINY, SMALL = Sizes(2, 2, 3), Sizes(9, 20, 11)
FEWEST = 16  # numbers that are normalised together
VOLUME = Sizes(5, 9, 5)  # instead of SMALL, where there are three axes


@dataclass
class Form:
    """A function of some tensors; its text is a program to try it with."""

    name: str
    shapes: Sequence[tuple[int, ...]]
    options: dict[str, Any]
    ties: bool = False  # many of the numbers are equal

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The result, of the function in this module or in `nn.functional`."""
        run: Callable[..., Tensor] = OWN[self.name] if self.name in OWN else getattr(F, self.name)
        return run(*inputs, **self.options)

    def __repr__(self) -> str:
        given = [f"randn{shape}" for shape in self.shapes]
        given += [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{self.name}({', '.join(given)})" + " # ties" * self.ties

    def arrays(self) -> list[Array]:
        """Its inputs: `numbers` of its shapes."""
        return [numbers(shape, seed, self.ties) for seed, shape in enumerate(self.shapes)]


def numbers(shape: Sequence[int], seed: int, ties: bool = False) -> Array:
    """Numbers between -1 and 1: no two are near one another, or a few again and again."""
    count, draw = math.prod(shape), np.random.default_rng(seed)
    if ties:
        return draw.integers(-1, 2, shape).astype(np.float32)
    spaced = (draw.permutation(count) + draw.uniform(0.2, 0.8, count)) / count
    return (2 * spaced - 1).reshape(shape).astype(np.float32)


# --- what is drawn --------------------------------------------------------------------------------
def number(draw: Draw, low: int, high: int) -> int:
    """low <= number <= high."""
    return int(draw(st.integers(low, high)))


def truth(draw: Draw) -> bool:
    """Yes or no."""
    return bool(draw(st.booleans()))


def each(draw: Draw, count: int, low: int, high: int) -> tuple[int, ...]:
    """A number for each axis."""
    return tuple(number(draw, low, high) for _ in range(count))


def reach(kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """How many places a window spans along each axis."""
    return [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]


def walked(draw: Draw, sizes: Sizes, spans: Sequence[int], stride: Sequence[int],
           padding: Sequence[int]) -> list[int]:  # fmt: skip
    """Lengths on which a window finds room, perhaps with places left over."""
    found = []
    for span, s, p in zip(spans, stride, padding, strict=True):
        outputs = number(draw, 1, sizes.outputs)
        found.append(max(1, (outputs - 1) * s + span - 2 * p + number(draw, 0, s - 1)))
    return found


def convolution(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Strides, paddings by number and by name, dilations, groups, with and without a bias."""
    kernel, dilation = each(draw, count, 1, 4 if count < 3 else 2), each(draw, count, 1, 2)
    named = draw(st.sampled_from(("", "", "", "same", "valid")))
    stride = (1,) * count if named == "same" else each(draw, count, 1, 3)
    padding = (0,) * count if named else each(draw, count, 0, 2)
    groups, width, outputs = number(draw, 1, 3), *each(draw, 2, 1, sizes.channels)
    lengths = walked(draw, sizes, reach(kernel, dilation), stride, padding)
    shapes = [(number(draw, 1, sizes.batch), groups * width, *lengths),
              (groups * outputs, width, *kernel)]  # fmt: skip
    options = {"stride": stride, "padding": named or padding, "dilation": dilation,
               "groups": groups}  # fmt: skip
    return Form(f"conv{count}d", shapes + [(groups * outputs,)] * truth(draw), options)


def depthwise(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Every channel on its own."""
    kernel, stride, padding = (each(draw, count, low, 3) for low in (1, 1, 0))
    channels, times = number(draw, 1, 2 * sizes.channels), number(draw, 1, 2)
    lengths = walked(draw, sizes, kernel, stride, padding)
    shapes = [(number(draw, 1, sizes.batch), channels, *lengths), (channels * times, 1, *kernel)]
    options = {"stride": stride, "padding": padding, "groups": channels}
    return Form(f"conv{count}d", shapes + [(channels * times,)] * truth(draw), options)


def transposed(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Strides, paddings of input and output, dilations, groups, with and without a bias."""
    kernel, dilation = each(draw, count, 1, 3 if count < 3 else 2), each(draw, count, 1, 2)
    stride = each(draw, count, 1, 3)
    more = tuple(number(draw, 0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    lengths, padding = each(draw, count, 1, sizes.outputs), []
    for n, s, span, extra in zip(lengths, stride, reach(kernel, dilation), more, strict=True):
        padding.append(number(draw, 0, min(2, ((n - 1) * s + span + extra - 1) // 2)))
    groups, width, outputs = number(draw, 1, 3), *each(draw, 2, 1, sizes.channels)
    shapes = [(number(draw, 1, sizes.batch), groups * width, *lengths),
              (groups * width, outputs, *kernel)]  # fmt: skip
    options = {"stride": stride, "padding": tuple(padding), "output_padding": more,
               "dilation": dilation, "groups": groups}  # fmt: skip
    return Form(f"conv_transpose{count}d", shapes + [(groups * outputs,)] * truth(draw), options)


def edged(draw: Draw, count: int, sizes: Sizes) -> Form:
    """A convolution of an image that is continued beyond its edges."""
    kernel, stride = each(draw, count, 1, 3), each(draw, count, 1, 2)
    lengths = tuple(n + 2 for n in each(draw, count, 1, sizes.outputs))
    channels, outputs = each(draw, 2, 1, sizes.channels)
    mode = draw(st.sampled_from(("reflect", "replicate", "circular")))
    shapes = [(number(draw, 1, sizes.batch), channels, *lengths), (outputs, channels, *kernel)]
    pads = each(draw, 2 * count, 0, 2)
    return Form("edged", shapes, {"pads": pads, "mode": mode, "stride": stride})


def _planes(draw: Draw, sizes: Sizes, lengths: Sequence[int]) -> tuple[int, ...]:
    """A shape for pooling; sometimes without a batch."""
    shape = number(draw, 1, sizes.batch), number(draw, 1, sizes.channels), *lengths
    return shape[number(draw, 0, 4) == 0 :]


def max_pool(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Overlapping and apart, dilated, padded, rounded up."""
    kernel, dilation = each(draw, count, 1, 3), each(draw, count, 1, 2)
    stride, padding = each(draw, count, 1, 3), tuple(number(draw, 0, k // 2) for k in kernel)
    lengths = walked(draw, sizes, reach(kernel, dilation), stride, padding)
    options = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation,
               "ceil_mode": truth(draw)}  # fmt: skip
    return Form(f"max_pool{count}d", [_planes(draw, sizes, lengths)], options, truth(draw))


def avg_pool(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Overlapping and apart, padded, rounded up, by whatever divisor."""
    kernel, stride = each(draw, count, 1, 3), each(draw, count, 1, 3)
    padding = tuple(number(draw, 0, k // 2) for k in kernel)
    lengths = walked(draw, sizes, kernel, stride, padding)
    options = {"kernel_size": kernel, "stride": stride, "padding": padding,
               "ceil_mode": truth(draw), "count_include_pad": truth(draw)}  # fmt: skip
    if count > 1:
        options["divisor_override"] = draw(st.sampled_from((None, 3)))
    return Form(f"avg_pool{count}d", [_planes(draw, sizes, lengths)], options)


def adaptive(draw: Draw, count: int, sizes: Sizes) -> Form:
    """To so many places, fewer or more than there are, that divide them or not."""
    kind = draw(st.sampled_from(("avg", "max")))
    lengths, wanted = each(draw, count, 1, sizes.outputs + 2), each(draw, count, 1, 4)
    shape = _planes(draw, sizes, lengths)
    return Form(f"adaptive_{kind}_pool{count}d", [shape], {"output_size": wanted},
                kind == "max" and truth(draw))  # fmt: skip


def lp_pool(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Of numbers above 0: roots have no gradient at 0."""
    kernel, stride = each(draw, count, 1, 3), each(draw, count, 1, 3)
    lengths = walked(draw, sizes, kernel, stride, (0,) * count)
    power = draw(st.sampled_from((1.0, 2.0, 3.0)))
    options = {"power": power, "kernel": kernel, "stride": stride, "ceil": truth(draw)}
    return Form("lp", [_planes(draw, sizes, lengths)], options)


def unpool(draw: Draw, count: int, sizes: Sizes) -> Form:
    """The largest go back to where they were."""
    kernel = each(draw, count, 1, 3)
    lengths = walked(draw, sizes, kernel, kernel, (0,) * count)
    return Form("unpooled", [_planes(draw, sizes, lengths)], {"kernel": kernel})


def folded(draw: Draw, count: int, sizes: Sizes) -> Form:
    """Windows as columns, and columns added into an image."""
    kernel, dilation, stride = (each(draw, count, 1, most) for most in (3, 2, 3))
    padding = each(draw, count, 0, 2)
    lengths = tuple(walked(draw, sizes, reach(kernel, dilation), stride, padding))
    options = {"kernel_size": kernel, "dilation": dilation, "padding": padding, "stride": stride}
    first = number(draw, 1, sizes.batch), number(draw, 1, sizes.channels)
    if truth(draw):
        return Form("unfold", [(*first, *lengths)], options)
    spans = zip(lengths, padding, reach(kernel, dilation), stride, strict=True)
    columns = math.prod((n + 2 * p - span) // s + 1 for n, p, span, s in spans)
    shape = first[0], first[1] * math.prod(kernel), columns
    return Form("fold", [shape], {"output_size": lengths, **options})


def chain(draw: Draw, count: int, sizes: Sizes) -> Form:
    """A convolution, and what mostly follows it."""
    form = convolution(draw, count, sizes)
    channels = form.shapes[1][0]
    pool = draw(st.sampled_from(("", "max", "avg", "global")))
    act = draw(st.sampled_from(("relu", "gelu", "tanh")))
    options = {"layer": form.options, "pool": pool, "act": act, "norm": truth(draw)}
    shapes = [form.shapes[0], form.shapes[1], (channels,), (channels,)]
    return Form("chained", shapes, options)


# --- forms of more than one function --------------------------------------------------------------
def edged_run(x: Tensor, w: Tensor, pads: Sequence[int], mode: str, stride: Any) -> Tensor:
    made: Tensor = getattr(F, f"conv{x.dim() - 2}d")(F.pad(x, pads, mode), w, stride=stride)
    return made


def lp_run(x: Tensor, power: float, kernel: Any, stride: Any, ceil: bool) -> Tensor:
    pool = getattr(F, f"lp_pool{len(kernel)}d")
    if len(kernel) == 1:  # PyTorch takes numbers only
        [kernel], [stride] = kernel, stride
    made: Tensor = pool(x + 1.1, power, kernel, stride, ceil)
    return made


def unpooled_run(x: Tensor, kernel: Any) -> Tensor:
    count = len(kernel)
    pooled, places = getattr(F, f"max_pool{count}d")(x, kernel, return_indices=True)
    back = getattr(F, f"max_unpool{count}d")
    made: Tensor = back(pooled * 2, places, kernel, output_size=x.shape[-count:])
    return made


def chained_run(x: Tensor, w: Tensor, scale: Tensor, bias: Tensor, layer: dict[str, Any], act: str,
                pool: str, norm: bool) -> Tensor:  # fmt: skip
    count = x.dim() - 2
    y: Tensor = getattr(F, f"conv{count}d")(x, w, bias, **layer)
    if norm and y.numel() > y.shape[1]:
        y = F.batch_norm(y, None, None, scale, bias, training=True)
    y = getattr(F, act)(y)
    places = y.shape[2:]
    if pool == "global":
        return y.mean(tuple(range(2, y.dim())))
    if pool and min(places) > 1:
        y = getattr(F, f"{pool}_pool{count}d")(y, 2)
    return y.flatten(1)


OWN: dict[str, Callable[..., Tensor]] = {
    "edged": edged_run,
    "lp": lp_run,
    "unpooled": unpooled_run,
    "chained": chained_run,
}
Maker: TypeAlias = Callable[[Draw, int, Sizes], Form]
MAKERS: list[Maker] = [convolution, depthwise, transposed, edged, max_pool, avg_pool, adaptive,
                       lp_pool, unpool, folded, chain]  # fmt: skip
kinds = pytest.mark.parametrize("make", MAKERS, ids=[make.__name__ for make in MAKERS])


def any_form(draw: Draw, make: Maker, sizes: Sizes) -> Form:
    """Of signals, images or volumes; only images are folded."""
    count = 2 if make is folded else number(draw, 1, 3)
    form = make(draw, count, VOLUME if sizes is SMALL and count == 3 else sizes)
    note(f"{form}")
    return form


# --- eager ----------------------------------------------------------------------------------------
def check_eager(form: Form) -> None:
    """Gradients are the finite differences."""
    form.ties = False  # where two are equal there is no gradient
    inputs = [liuli.tensor(x, dtype=liuli.float64, requires_grad=True) for x in form.arrays()]
    outputs = form(*inputs)
    for y in outputs if isinstance(outputs, tuple) else (outputs,):
        assume(bool(liuli.isfinite(y).all()))  # a window that sees nothing has a maximum of -inf
    assert liuli.autograd.gradcheck(form, inputs)


def examples(count: int) -> settings:
    """So many, however long one takes; a failure is made smaller where there is time for it."""
    phases = [Phase.generate, Phase.shrink] if count > 9 else [Phase.generate]
    return settings(max_examples=count, phases=phases, suppress_health_check=list(HealthCheck))


@kinds
@examples(2)
@given(data=st.data())
def test_eager_gradients(make: Maker, data: st.DataObject) -> None:
    check_eager(any_form(data.draw, make, TINY))


@pytest.mark.slow
@kinds
@examples(150)
@given(data=st.data())
def test_many_eager_gradients(make: Maker, data: st.DataObject) -> None:
    check_eager(any_form(data.draw, make, TINY))


# --- compiled -------------------------------------------------------------------------------------
def results(form: Form, dtype: liuli.dtype) -> Built:
    """A function of the form's inputs that returns the result and all gradients."""
    inputs = [liuli.tensor(x, dtype=dtype, requires_grad=True) for x in form.arrays()]
    with liuli.no_grad():
        shape = form(*inputs).shape
    weights = liuli.tensor(numbers(shape, 9) + np.float32(0.5), dtype=dtype)  # sums are not 0

    def function(*given: Tensor) -> Any:
        y = form(*given[:-1])
        return y, liuli.autograd.grad((y * given[-1]).sum(), given[:-1], allow_unused=True)

    return function, [*inputs, weights]


def check_compiled(form: Form) -> None:
    """At most twice as far from float64 as eager float32; the same bits by any threads."""
    chained = form.name == "chained"  # gradients that cancel, near 0, and more roundings
    if chained and form.options["norm"]:  # of few numbers: all of its gradient cancels
        plain = replace(form, options={**form.options, "norm": False, "pool": ""})
        made = plain(*map(liuli.tensor, form.arrays()))
        assume(made.numel() >= FEWEST * made.shape[1])
    ulps, slack = (16, 2.0**-20) if chained else (4, 0.0)
    judge(lambda dtype: results(form, dtype), ulps=ulps, slack=slack)


@compiler
@kinds
@examples(2)
@given(data=st.data())
def test_compiled_gradients(make: Maker, data: st.DataObject) -> None:
    check_compiled(any_form(data.draw, make, SMALL))


@compiler
@pytest.mark.slow
@kinds
@examples(60)
@given(data=st.data())
def test_many_compiled_gradients(make: Maker, data: st.DataObject) -> None:
    check_compiled(any_form(data.draw, make, SMALL))
