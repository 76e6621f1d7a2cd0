"""The methods of Tensor that write into it: what a function computes replaces its first operand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autodiff.tensor import Tensor
from ..autodiff.writing import in_place
from . import activations as K
from . import arithmetic as A
from . import indexing as I
from . import placing
from . import products as P
from . import reductions as R
from . import scattering as X
from . import shapes as S
from .compose import constant_in


def _answered(function: Callable[[Any, Any], Tensor]) -> Callable[..., Tensor]:
    """A comparison in place: ones and zeros, which do not move with what was there."""

    def method(input: Tensor, other: Any) -> Tensor:
        return constant_in(input, A.cast(function(input, other), input.dtype))

    method.__name__ = function.__name__
    return in_place(method)


class InPlace:
    """Everything that reads `x.name_(...)`; `Methods` inherits it."""

    __slots__ = ()

    add_ = in_place(A.add)
    sub_ = in_place(A.sub)
    mul_ = in_place(A.mul)
    div_ = in_place(A.div)
    pow_ = in_place(A.pow)
    remainder_ = in_place(A.remainder)
    floor_divide_ = in_place(A.floor_divide)
    neg_ = in_place(A.neg)
    abs_ = in_place(A.abs)
    exp_ = in_place(A.exp)
    expm1_ = in_place(A.expm1)
    log_ = in_place(A.log)
    log1p_ = in_place(A.log1p)
    log2_ = in_place(A.log2)
    log10_ = in_place(A.log10)
    exp2_ = in_place(A.exp2)
    sqrt_ = in_place(A.sqrt)
    rsqrt_ = in_place(A.rsqrt)
    square_ = in_place(A.square)
    reciprocal_ = in_place(A.reciprocal)
    sin_ = in_place(A.sin)
    cos_ = in_place(A.cos)
    tan_ = in_place(A.tan)
    tanh_ = in_place(A.tanh)
    sinh_ = in_place(A.sinh)
    cosh_ = in_place(A.cosh)
    sigmoid_ = in_place(A.sigmoid)
    logit_ = in_place(A.logit)
    erf_ = in_place(A.erf)
    floor_ = in_place(A.floor)
    ceil_ = in_place(A.ceil)
    trunc_ = in_place(A.trunc)
    round_ = in_place(A.round)
    sign_ = in_place(A.sign)
    frac_ = in_place(A.frac)
    clamp_ = in_place(A.clamp)
    clamp_min_ = in_place(A.clamp_min)
    clamp_max_ = in_place(A.clamp_max)
    lerp_ = in_place(A.lerp)
    addcmul_ = in_place(A.addcmul)
    addcdiv_ = in_place(A.addcdiv)
    hypot_ = in_place(A.hypot)
    fmod_ = in_place(A.fmod)
    nan_to_num_ = in_place(A.nan_to_num)
    logical_and_ = in_place(A.logical_and)
    logical_or_ = in_place(A.logical_or)
    logical_xor_ = in_place(A.logical_xor)
    logical_not_ = in_place(A.logical_not)
    bitwise_and_ = in_place(A.bitwise_and)
    bitwise_or_ = in_place(A.bitwise_or)
    bitwise_xor_ = in_place(A.bitwise_xor)
    bitwise_not_ = in_place(A.bitwise_not)
    atan2_ = in_place(A.atan2)
    xlogy_ = in_place(A.xlogy)
    index_add_ = in_place(X.index_add)
    index_copy_ = in_place(X.index_copy)
    index_fill_ = in_place(X.index_fill)
    masked_fill_ = in_place(X.masked_fill)
    scatter_ = in_place(X.scatter)
    scatter_add_ = in_place(X.scatter_add)
    masked_scatter_ = in_place(X.masked_scatter)
    addmm_ = in_place(P.addmm)
    addmv_ = in_place(P.addmv)
    baddbmm_ = in_place(P.baddbmm)
    index_put_ = in_place(I.index_put)
    put_ = in_place(placing.put)
    fill_diagonal_ = in_place(placing.fill_diagonal)
    scatter_reduce_ = in_place(placing.scatter_reduce)
    index_reduce_ = in_place(placing.index_reduce)
    cumsum_ = in_place(R.cumsum)
    cumprod_ = in_place(R.cumprod)
    tril_ = in_place(S.tril)
    triu_ = in_place(S.triu)
    clip_ = clamp_
    subtract_ = sub_
    multiply_ = mul_
    divide_ = div_
    acos_ = in_place(A.acos)
    acosh_ = in_place(A.acosh)
    asin_ = in_place(A.asin)
    asinh_ = in_place(A.asinh)
    atan_ = in_place(A.atan)
    atanh_ = in_place(A.atanh)
    arccos_, arccosh_, arcsin_, arcsinh_ = acos_, acosh_, asin_, asinh_
    arctan_, arctanh_, arctan2_ = atan_, atanh_, in_place(A.atan2)
    copysign_ = in_place(A.copysign)
    deg2rad_ = in_place(A.deg2rad)
    rad2deg_ = in_place(A.rad2deg)
    digamma_ = in_place(A.digamma)
    lgamma_ = in_place(A.lgamma)
    erfc_ = in_place(A.erfc)
    erfinv_ = in_place(A.erfinv)
    float_power_ = in_place(A.float_power)
    gcd_ = in_place(A.gcd)
    lcm_ = in_place(A.lcm)
    heaviside_ = in_place(A.heaviside)
    nextafter_ = in_place(A.nextafter)
    sinc_ = in_place(A.sinc)
    relu_ = K.relu_
    addbmm_ = in_place(P.addbmm)
    addr_ = in_place(P.addr)
    bitwise_left_shift_ = in_place(A.bitwise_left_shift)
    bitwise_right_shift_ = in_place(A.bitwise_right_shift)
    eq_, ne_ = _answered(A.eq), _answered(A.ne)
    lt_, le_ = _answered(A.lt), _answered(A.le)
    gt_, ge_ = _answered(A.gt), _answered(A.ge)
    not_equal_, less_, less_equal_, greater_, greater_equal_ = ne_, lt_, le_, gt_, ge_
    absolute_, negative_, sgn_, true_divide_, fix_ = abs_, neg_, sign_, div_, trunc_
