"""The methods of Tensor: one table. A function whose first operand is a tensor is a method too.

An elementwise primitive that has no line here becomes a method by itself.
"""

from __future__ import annotations

import builtins
from types import FunctionType
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..autodiff import engine, hooks
from ..autodiff.describe import guarded
from ..autodiff.tensor import Tensor, apply
from ..autodiff.writing import in_place
from ..devices import Layout, strided
from ..ops import REGISTRY, elementwise
from ..ops.op import Op
from . import activations as K
from . import arithmetic as A
from . import assignment, joining, legacy, looks, patterns, placing
from . import convert as C
from . import creation as N
from . import indexing as I
from . import linear_algebra as D
from . import products as P
from . import reductions as R
from . import scattering as X
from . import shapes as S
from . import statistics as Z
from .in_place import InPlace

__mirrors__ = "torch"

E = elementwise


_OPERANDS = (Tensor, int, float, np.ndarray, np.generic)


def _operator(op: Any, function: Any = None) -> Any:
    """x + y for one primitive, or for a function of two; other kinds of operands are not ours."""

    def method(self: Tensor, other: Any) -> Any:
        return apply(op, self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def other_method(self: Tensor, other: Any) -> Any:
        return function(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    return method if function is None else other_method


def _reflected(function: Any) -> Any:
    """y + x where y is no tensor."""

    def method(self: Tensor, other: Any) -> Any:
        return function(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    return method


def _product(a: Any, b: Any) -> Any:
    """a @ b, where a NumPy array counts as a tensor."""
    return P.matmul(*(N.as_tensor(x) if isinstance(x, np.ndarray) else x for x in (a, b)))


# They run the user's own functions, whose errors are the user's.
_CALL_BACK = frozenset(("backward", "register_hook", "register_post_accumulate_grad_hook"))


class Methods(InPlace):
    """Everything that reads `x.name(...)`; `Tensor` inherits it."""

    __slots__ = ()

    exp = A.exp
    expm1 = A.expm1
    log = A.log
    log1p = A.log1p
    sqrt = A.sqrt
    rsqrt = A.rsqrt
    sin = A.sin
    cos = A.cos
    tanh = A.tanh
    sigmoid = A.sigmoid
    erf = A.erf
    erfinv = A.erfinv
    lgamma = A.lgamma
    digamma = A.digamma
    maximum = A.maximum
    minimum = A.minimum
    eq = A.eq
    ne = A.ne
    lt = A.lt
    le = A.le
    gt = A.gt
    ge = A.ge
    remainder = A.remainder
    atan2 = A.atan2
    add = A.add
    sub = A.sub
    mul = A.mul
    div = A.div
    floor_divide = A.floor_divide
    pow = A.pow
    float_power = A.float_power
    fmod = A.fmod
    neg = A.neg
    abs = A.abs
    sign = A.sign
    floor = A.floor
    ceil = A.ceil
    trunc = A.trunc
    round = A.round
    square = A.square
    reciprocal = A.reciprocal
    frac = A.frac
    lerp = A.lerp
    addcmul = A.addcmul
    addcdiv = A.addcdiv
    hypot = A.hypot
    log2 = A.log2
    log10 = A.log10
    exp2 = A.exp2
    tan = A.tan
    atan = A.atan
    asin = A.asin
    acos = A.acos
    sinh = A.sinh
    cosh = A.cosh
    asinh = A.asinh
    acosh = A.acosh
    atanh = A.atanh
    sinc = A.sinc
    erfc = A.erfc
    logit = A.logit
    xlogy = A.xlogy
    logaddexp = A.logaddexp
    deg2rad = A.deg2rad
    rad2deg = A.rad2deg
    clamp = A.clamp
    clamp_min = A.clamp_min
    clamp_max = A.clamp_max
    fmax = A.fmax
    fmin = A.fmin
    heaviside = A.heaviside
    nan_to_num = A.nan_to_num
    isnan = A.isnan
    isinf = A.isinf
    isfinite = A.isfinite
    isclose = A.isclose
    logical_and = A.logical_and
    logical_or = A.logical_or
    logical_xor = A.logical_xor
    logical_not = A.logical_not
    bitwise_and = A.bitwise_and
    bitwise_or = A.bitwise_or
    bitwise_xor = A.bitwise_xor
    bitwise_not = A.bitwise_not
    bitwise_left_shift = A.bitwise_left_shift
    bitwise_right_shift = A.bitwise_right_shift
    absolute = A.abs
    negative = A.neg
    subtract = A.sub
    multiply = A.mul
    divide = A.div
    true_divide = A.div
    clip = A.clamp
    fix = A.trunc
    arctan2 = A.atan2
    arctan = A.atan
    arcsin = A.asin
    arccos = A.acos
    arcsinh = A.asinh
    arccosh = A.acosh
    arctanh = A.atanh
    greater = A.gt
    greater_equal = A.ge
    less = A.lt
    less_equal = A.le
    not_equal = A.ne
    sgn = A.sign
    positive = A.positive
    copysign = A.copysign
    gcd = A.gcd
    lcm = A.lcm
    nextafter = A.nextafter
    logaddexp2 = A.logaddexp2
    isposinf = A.isposinf
    isneginf = A.isneginf
    isreal = A.isreal
    signbit = A.signbit
    relu = K.relu
    prelu = K.prelu
    hardshrink = K.hardshrink

    sum = R.sum
    nansum = R.nansum
    prod = R.prod
    mean = R.mean
    nanmean = R.nanmean
    var = R.var
    std = R.std
    max = R.max
    min = R.min
    amax = R.amax
    amin = R.amin
    aminmax = R.aminmax
    argmax = R.argmax
    argmin = R.argmin
    all = R.all
    any = R.any
    count_nonzero = R.count_nonzero
    logsumexp = R.logsumexp
    norm = R.norm
    cumsum = R.cumsum
    cumprod = R.cumprod
    cummax = R.cummax
    cummin = R.cummin
    argsort = R.argsort
    sort = R.sort
    topk = R.topk
    kthvalue = R.kthvalue
    logcumsumexp = R.logcumsumexp
    median = Z.median
    nanmedian = Z.nanmedian
    quantile = Z.quantile
    nanquantile = Z.nanquantile
    msort = Z.msort
    diff = Z.diff
    dist = Z.dist
    softmax = R.softmax
    log_softmax = R.log_softmax

    reshape = S.reshape
    view = S.view
    view_as = S.view_as
    reshape_as = S.reshape_as
    flatten = S.flatten
    unflatten = S.unflatten
    permute = S.permute
    transpose = S.transpose
    swapaxes = S.swapaxes
    swapdims = S.swapdims
    t = S.t
    movedim = S.movedim
    moveaxis = S.moveaxis
    squeeze = S.squeeze
    unsqueeze = S.unsqueeze
    expand = S.expand
    expand_as = S.expand_as
    broadcast_to = S.broadcast_to
    narrow = S.narrow
    select = S.select
    diagonal = S.diagonal
    unfold = S.unfold
    split = S.split
    chunk = S.chunk
    tensor_split = S.tensor_split
    unbind = S.unbind
    repeat = S.repeat
    tile = S.tile
    repeat_interleave = S.repeat_interleave
    flip = S.flip
    fliplr = S.fliplr
    flipud = S.flipud
    roll = S.roll
    rot90 = S.rot90
    tril = S.tril
    triu = S.triu
    diag = S.diag
    diag_embed = S.diag_embed
    diagflat = patterns.diagflat
    hsplit = joining.hsplit
    vsplit = joining.vsplit
    dsplit = joining.dsplit
    ravel = patterns.ravel
    adjoint = patterns.adjoint
    conj = C.itself
    resize = looks.resize
    t_ = looks.t_
    transpose_ = looks.transpose_
    swapaxes_ = looks.swapaxes_
    swapdims_ = looks.swapdims_
    squeeze_ = looks.squeeze_
    unsqueeze_ = looks.unsqueeze_
    detach_ = looks.detach_
    set_ = looks.set_
    resize_ = looks.resize_
    resize_as_ = looks.resize_as_

    index_select = I.index_select
    gather = I.gather
    take = I.take
    take_along_dim = I.take_along_dim
    masked_select = I.masked_select
    nonzero = I.nonzero
    argwhere = patterns.argwhere
    index_put = I.index_put

    fill_ = assignment.fill_
    zero_ = assignment.zero_
    copy_ = assignment.copy_
    index_add = X.index_add
    index_copy = X.index_copy
    index_fill = X.index_fill
    masked_fill = X.masked_fill
    scatter = X.scatter
    scatter_add = X.scatter_add
    masked_scatter = X.masked_scatter
    scatter_reduce = placing.scatter_reduce
    index_reduce = placing.index_reduce
    select_scatter = placing.select_scatter
    slice_scatter = placing.slice_scatter
    diagonal_scatter = placing.diagonal_scatter
    put = placing.put

    matmul = P.matmul
    mm = P.mm
    bmm = P.bmm
    mv = P.mv
    dot = P.dot
    outer = P.outer
    ger = P.ger
    addmm = P.addmm
    addmv = P.addmv
    addbmm = P.addbmm
    addr = P.addr
    vdot = P.vdot
    baddbmm = P.baddbmm
    inner = P.inner
    kron = P.kron
    inverse = D.inverse
    det = D.det
    slogdet = D.slogdet
    logdet = D.logdet
    cholesky = D.cholesky
    matrix_power = D.matrix_power
    trace = P.trace
    cholesky_solve = D.cholesky_solve
    cholesky_inverse = D.cholesky_inverse
    cross = D.cross
    pinverse = D.pinverse

    new_empty = N.new_empty
    new_zeros = N.new_zeros
    new_ones = N.new_ones
    new_full = N.new_full
    new_tensor = N.new_tensor
    uniform_ = N.uniform_
    normal_ = N.normal_
    bernoulli_ = N.bernoulli_
    random_ = N.random_
    exponential_ = N.exponential_
    geometric_ = N.geometric_
    cauchy_ = N.cauchy_
    log_normal_ = N.log_normal_
    bernoulli = N.bernoulli
    multinomial = N.multinomial

    item = C.item
    tolist = C.tolist
    numpy = C.numpy
    to = C.to
    type_as = C.type_as
    cpu = C.cpu
    cuda = C.cuda
    clone = C.clone
    contiguous = C.contiguous
    is_contiguous = C.is_contiguous
    size = C.size
    numel = C.numel
    dim = C.dim
    stride = C.stride
    element_size = C.element_size
    storage_offset = C.storage_offset
    data_ptr = C.data_ptr
    is_floating_point = C.is_floating_point
    is_complex = C.is_complex
    is_signed = C.is_signed
    is_nonzero = C.is_nonzero
    get_device = C.get_device
    is_same_size = C.is_same_size
    equal = C.equal
    allclose = C.allclose
    unique = C.unique
    unique_consecutive = C.unique_consecutive
    bincount = C.bincount
    histc = C.histc
    searchsorted = C.searchsorted
    mode = C.mode
    nelement = C.numel
    ndimension = C.dim
    pin_memory = C.itself
    share_memory_ = C.itself
    type = C.type_

    register_hook = hooks.register_hook
    register_post_accumulate_grad_hook = hooks.register_post_accumulate_grad_hook
    retain_grad = hooks.retain_grad

    double = C.caster(dt.float64, "double")
    float = C.caster(dt.float32, "float")
    half = C.caster(dt.float16, "half")
    bfloat16 = C.caster(dt.bfloat16, "bfloat16")
    long = C.caster(dt.int64, "long")
    int = C.caster(dt.int32, "int")
    short = C.caster(dt.int16, "short")
    char = C.caster(dt.int8, "char")
    byte = C.caster(dt.uint8, "byte")
    bool = C.caster(dt.bool_, "bool")

    # operators
    __add__, __radd__ = _operator(E.add), _reflected(A.add)
    __sub__, __rsub__ = _operator(E.sub), _reflected(A.sub)
    __mul__, __rmul__ = _operator(E.mul), _reflected(A.mul)
    __truediv__, __rtruediv__ = _operator(E.div), _reflected(A.div)
    __floordiv__, __rfloordiv__ = _operator(None, A.floor_divide), _reflected(A.floor_divide)
    __mod__, __rmod__ = _operator(None, A.remainder), _reflected(A.remainder)
    __pow__, __rpow__ = _operator(None, A.pow), _reflected(A.pow)
    __matmul__, __rmatmul__ = _operator(None, _product), _reflected(_product)
    __and__, __rand__ = _operator(None, A.bitwise_and), _reflected(A.bitwise_and)
    __or__, __ror__ = _operator(None, A.bitwise_or), _reflected(A.bitwise_or)
    __xor__, __rxor__ = _operator(None, A.bitwise_xor), _reflected(A.bitwise_xor)
    __lshift__ = _operator(None, A.bitwise_left_shift)
    __rshift__ = _operator(None, A.bitwise_right_shift)
    __rlshift__ = _reflected(A.bitwise_left_shift)
    __rrshift__ = _reflected(A.bitwise_right_shift)
    __ilshift__ = in_place(A.bitwise_left_shift)
    __irshift__ = in_place(A.bitwise_right_shift)
    __lt__, __le__, __gt__, __ge__ = map(_operator, (E.lt, E.le, E.gt, E.ge))
    __neg__, __abs__, __invert__ = A.neg, A.abs, A.bitwise_not
    __iadd__, __isub__, __imul__ = in_place(A.add), in_place(A.sub), in_place(A.mul)
    __itruediv__, __ifloordiv__ = in_place(A.div), in_place(A.floor_divide)
    __imod__, __ipow__ = in_place(A.remainder), in_place(A.pow)
    __iand__, __ior__ = in_place(A.bitwise_and), in_place(A.bitwise_or)
    __ixor__ = in_place(A.bitwise_xor)
    __getitem__, __setitem__ = I.getitem, I.setitem
    __len__, __iter__, __contains__ = C.length, C.iterate, C.contains
    __bool__, __float__, __int__, __index__ = C.truth, C.as_float, C.as_int, C.as_index
    __repr__, __format__, __array__ = C.text, C.formatted, C.as_array

    def __init__(self: Any, *data: Any, device: Any = None) -> None:
        """`Tensor(2, 3)` is zeros of that shape, `Tensor([1, 2])` the numbers as floats."""
        legacy.init_tensor(self, *data, device=device)

    __init__.__qualname__ = "Tensor"

    def where(self: Any, condition: Any, other: Any) -> Any:
        """This tensor where the condition holds, else `other`."""
        return A.where(condition, self, other)

    def __pos__(self: Any) -> Any:
        return self

    __eq__, __ne__ = _operator(E.eq), _operator(E.ne)

    __hash__ = object.__hash__

    def backward(self: Any, gradient: Any = None, retain_graph: Any = None,
                 create_graph: Any = False, inputs: Any = None) -> None:  # fmt: skip
        """Add the gradients of this tensor to the leaves it was computed from."""
        engine.backward(self, gradient, retain_graph, create_graph, inputs)

    def polygamma(self: Any, n: Any) -> Any:
        """The n-th derivative of digamma."""
        return A.polygamma(n, self)

    def __reversed__(self: Any) -> Any:
        return S.flip(self, 0)

    def __deepcopy__(self: Any, memo: Any) -> Any:
        return C.deep_copy(self, memo)

    def __copy__(self: Any) -> Any:
        make, parts = C.pickled(self)
        return make(*parts)

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        return C.pickled(self)

    def __dlpack__(self: Any, **options: Any) -> Any:
        return C.numpy(self).__dlpack__(**options)

    def __dlpack_device__(self: Any) -> Any:
        return self._array.__dlpack_device__()

    @property
    def T(self: Any) -> Any:
        """The axes in reverse order: the transposed matrix."""
        return S.permute(self, *reversed(range(self.ndim)))

    @property
    def mT(self: Any) -> Any:
        """The last two axes exchanged."""
        return S.transpose(self, -2, -1)

    @property
    def H(self: Any) -> Any:
        """The transposed matrix; there are no complex numbers to conjugate."""
        return S.t(self)

    @property
    def mH(self: Any) -> Any:
        """The last two axes exchanged."""
        return S.transpose(self, -2, -1)

    @property
    def real(self: Any) -> Any:
        """The tensor itself: there are no complex numbers here."""
        return self

    @property
    def layout(self: Any) -> Layout:
        """How the numbers lie in memory: always `liuli.strided`."""
        return strided

    @property
    def retains_grad(self: Any) -> builtins.bool:
        """Whether `retain_grad` was asked of this tensor."""
        return hooks.retains_grad(self)

    @property
    def itemsize(self: Any) -> builtins.int:
        """Bytes an element."""
        return C.element_size(self)

    @property
    def nbytes(self: Any) -> builtins.int:
        """Bytes in all."""
        return int(self._array.nbytes)

    @property
    def is_cpu(self: Any) -> Any:
        """Whether the tensor lives in the computer's memory: always."""
        return True

    @property
    def is_meta(self: Any) -> Any:
        """Whether the tensor is a shape without numbers: never."""
        return False

    @property
    def is_cuda(self: Any) -> builtins.bool:
        """Whether the tensor lives on a GPU."""
        return False


def _method_of(op: Op) -> Any:
    return A.unary(op) if len(op.operands) == 1 else A.binary(op)


def _needs_guard(name: str, method: Any) -> bool:
    """Whether wrong arguments may leak out as NumPy's errors; primitives check their own."""
    op = REGISTRY.get(name)
    primitive = op is not None and op.family == "elementwise" and len(op.operands) < 3
    return isinstance(method, FunctionType) and not (
        name.startswith("__") or primitive or name in _CALL_BACK
    )


def _attach() -> None:
    """Give Tensor the methods of the table, and one for every other elementwise primitive."""
    for name, method in (*vars(InPlace).items(), *vars(Methods).items()):
        if name not in (
            "__slots__",
            "__doc__",
            "__module__",
            "__dict__",
            "__weakref__",
            "__annotations__",
        ):
            setattr(Tensor, name, guarded(method) if _needs_guard(name, method) else method)
    for name, op in REGISTRY.items():
        if op.family == "elementwise" and not hasattr(Tensor, name):
            setattr(Tensor, name, _method_of(op))


_attach()
