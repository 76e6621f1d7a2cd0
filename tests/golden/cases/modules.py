"""nn: every layer and loss in several configurations, forwards and backwards.

`fill` gives a module fixed parameters in the dtype of the inputs, and `probe` calls it: repr, the
names of its state, the result, the gradients of all parameters, and the buffers.
"""

from __future__ import annotations

from tests.golden.cases.case import (
    Table,
    distinct,
    frozen,
    integers,
    ints,
    mentioned,
    normal,
    opened,
    positive,
    unit,
    values,
)

TABLE = Table("modules")


def layer(made: str, *inputs: str, before: str = "", grad: bool = True, **given: object) -> None:
    """Add one call of a layer made by `T.nn.<made>`."""
    text = f"{before}probe(fill(T.nn.{made}), {', '.join(inputs or ('x',))})"
    TABLE.add(text, name=f"nn.{made.partition('(')[0]}", grad=grad, **given)


# --- linear maps, shapes, likeness --------------------------------------------------------------
for shape in ((5, 3), (3,), (2, 4, 3)):
    layer("Linear(3, 2)", x=normal(*shape))
layer("Linear(3, 2, bias=False)", x=normal(5, 3))
layer("Linear(3, 2, False)", x=normal(5, 3))
TABLE.add("m = T.nn.LazyLinear(2).to(x.dtype)\nm(x.detach())\nprobe(fill(m), x)",
          name="nn.LazyLinear", x=normal(5, 3))  # fmt: skip
layer("Bilinear(3, 4, 2)", "x", "y", x=normal(5, 3), y=normal(5, 4))
layer("Bilinear(3, 4, 2, bias=False)", "x", "y", x=normal(2, 5, 3), y=normal(2, 5, 4))
layer("Identity(54, unused=True)", x=normal(2, 3))
layer("Flatten()", x=normal(2, 3, 4))
layer("Flatten(0, 1)", x=normal(2, 3, 4))
layer("Unflatten(1, (2, -1))", x=normal(3, 4))
layer("Unflatten(0, [3, 2])", x=normal(6, 2))
for arguments in ("", "dim=0", "dim=1, eps=0.5"):
    layer(f"CosineSimilarity({arguments})", "x", "y", x=normal(4, 3), y=normal(4, 3))
for arguments in ("", "p=1.0", "keepdim=True"):
    layer(f"PairwiseDistance({arguments})", "x", "y", x=normal(4, 3), y=normal(4, 3))

# --- activations --------------------------------------------------------------------------------
ACTIVATIONS = """
ReLU()
ReLU6()
LeakyReLU()
LeakyReLU(0.2)
PReLU()
PReLU(3)
PReLU(init=0.4)
RReLU().eval()
RReLU(0.1, 0.3).eval()
ELU()
ELU(0.5)
SELU()
CELU()
CELU(2.0)
GELU()
GELU('tanh')
SiLU()
Mish()
Softplus()
Softplus(2, 3)
Softsign()
Softshrink()
Softshrink(0.3)
Hardshrink()
Hardshrink(1)
Hardtanh()
Hardtanh(-0.5, 1.5)
Hardsigmoid()
Hardswish()
Sigmoid()
LogSigmoid()
Tanh()
Tanhshrink()
Threshold(0.1, 20)
Softmax(dim=1)
Softmax(dim=-1)
LogSoftmax(dim=1)
Softmin(dim=0)
"""
for row in ACTIVATIONS.strip().splitlines():
    layer(row, x=distinct(4, 3))
for dim in (-1, 0):
    layer(f"GLU({dim})", x=normal(4, 6))
IN_PLACE = "ReLU ReLU6 LeakyReLU ELU SELU CELU SiLU Mish Hardtanh Hardsigmoid Hardswish"
for kind in IN_PLACE.split():
    layer(f"{kind}(inplace=True)", "x * 1.5", x=distinct(4, 3))

# --- dropout: where nothing is left to chance ---------------------------------------------------
for kind in "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout".split():
    axes = {"1": 3, "2": 4, "3": 5, "e": 4}.get(kind[7:8], 3)
    layer(f"{kind}(0.3).eval()", x=normal(*(2, 3, 2, 2, 2)[:axes]))
    layer(f"{kind}(0.0)", x=normal(*(2, 3, 2, 2, 2)[:axes]))
layer("Dropout(1.0)", x=normal(2, 3))
layer("Dropout(0.5, inplace=True).eval()", x=normal(2, 3))

# --- convolutions and padding -------------------------------------------------------------------
CONVOLUTIONS = """
Conv2d(2, 3, 2)
Conv2d(2, 3, (2, 1), stride=2, padding=1)
Conv2d(2, 4, 3, 1, 'same', 2, 2, False)
Conv2d(2, 2, 3, padding='valid', groups=2)
Conv2d(2, 3, 3, padding=(2, 1), padding_mode='reflect')
Conv2d(2, 3, (3, 2), padding='same', padding_mode='circular')
Conv2d(2, 1, 3, padding=1, padding_mode='replicate', bias=False)
ConvTranspose2d(2, 3, 3)
ConvTranspose2d(2, 4, 3, 2, 1, 1, 2, False, 2)
"""
for row in CONVOLUTIONS.strip().splitlines():
    layer(row, x=normal(2, 2, 4, 5))
layer("Conv1d(2, 3, 3, padding=1, dilation=2)", x=normal(2, 2, 6))
layer("Conv1d(2, 3, 2, padding=2, padding_mode='circular')", x=normal(2, 5))
layer("Conv3d(1, 2, 2, stride=(1, 2, 1))", x=normal(1, 1, 3, 3, 3))
for kind, options, size, shape in (
    ("ConvTranspose1d", "2, 3, 3, stride=2", "[10]", (2, 2, 4)),
    ("ConvTranspose2d", "2, 1, 3, stride=(2, 3), padding=1", "(2, 1, 6, 8)", (2, 2, 3, 3)),
):
    TABLE.add(f"fill(T.nn.{kind}({options})).to(x.dtype)(x, output_size={size})",
              name=f"nn.{kind}", x=normal(*shape))  # fmt: skip
layer("ConvTranspose3d(2, 1, 2, stride=2, dilation=2)", x=normal(1, 2, 2, 2, 2))
for kind, options, shape in (
    ("Conv1d", "3, 2", (2, 2, 4)), ("Conv2d", "4, 2, groups=2, bias=False", (2, 2, 3, 3)),
    ("Conv3d", "1, 2", (1, 2, 2, 3, 2)), ("ConvTranspose1d", "3, 2, 2", (2, 2, 4)),
    ("ConvTranspose2d", "4, 2, groups=2", (2, 2, 3, 3)),
    ("ConvTranspose3d", "1, 2, bias=False", (1, 2, 2, 2, 2)),
):  # fmt: skip
    made = f"m = T.nn.Lazy{kind}({options}).to(x.dtype)\nbefore = repr(m)\nm(x.detach())\n"
    TABLE.add(made + "[before, *probe(fill(m), x)]", name=f"nn.Lazy{kind}", x=normal(*shape))
for count, ends in ((1, "(2, 1)"), (2, "(1, 2, 0, 1)"), (3, "(1, 0, 1, 1, 0, 1)")):
    for amount in ("1", ends):
        for kind in ("Zero", "Reflection", "Replication", "Circular"):
            layer(f"{kind}Pad{count}d({amount})", x=normal(1, 2, *(3,) * count))
        layer(f"ConstantPad{count}d({amount}, 3.5)", x=normal(1, 2, *(3,) * count))
layer("ZeroPad2d((-1, 1, 0, -1))", x=normal(2, 3, 4))
layer("ReflectionPad1d(2)", x=normal(2, 3))
layer("Unfold((2, 3), padding=1, stride=2)", x=normal(1, 2, 4, 5))
layer("Fold(output_size=(3, 4), kernel_size=2)", x=normal(2, 8, 6))

# --- normalisation ------------------------------------------------------------------------------
NORMS = """
BatchNorm1d(3)
BatchNorm1d(3).eval()
BatchNorm1d(3, eps=0.1, momentum=0.3)
BatchNorm1d(3, momentum=None)
BatchNorm1d(3, affine=False)
BatchNorm1d(3, affine=False).eval()
BatchNorm1d(3, bias=False)
BatchNorm1d(3, track_running_stats=False)
BatchNorm1d(3, track_running_stats=False).eval()
"""
for row in NORMS.strip().splitlines():
    layer(row, x=normal(5, 3))
    layer(row, x=normal(2, 3, 4))
for momentum in ("0.1", "0.25", "None"):
    # Several batches of different sizes, then evaluation with what was gathered.
    made = f"m = fill(T.nn.BatchNorm1d(3, momentum={momentum})).to(x.dtype)\n"
    seen = "m(x.detach())\nm(y)\nm(y * 2 + 1)\n"
    TABLE.add(made + seen + "probe(m.eval(), x)", name="nn.BatchNorm1d",
              x=normal(6, 3), y=frozen(4, 3))  # fmt: skip
    TABLE.add(made + seen + "probe(m, x)", name="nn.BatchNorm1d", x=normal(6, 3), y=frozen(4, 3))
BY_EXAMPLE = """
LayerNorm(4)
LayerNorm((3, 4))
LayerNorm(4, eps=0.1)
LayerNorm([4], bias=False)
LayerNorm(4, elementwise_affine=False)
RMSNorm(4)
RMSNorm((3, 4), eps=0.1)
RMSNorm(4, elementwise_affine=False)
"""
for row in BY_EXAMPLE.strip().splitlines():
    layer(row, x=normal(2, 3, 4))

# --- normalisation of images --------------------------------------------------------------------
IMAGE_NORMS = """
BatchNorm{}d(3)
BatchNorm{}d(3).eval()
BatchNorm{}d(3, affine=False)
BatchNorm{}d(3, momentum=None)
InstanceNorm{}d(3)
InstanceNorm{}d(3).eval()
InstanceNorm{}d(3, affine=True)
InstanceNorm{}d(3, eps=0.1, momentum=0.3, affine=True, track_running_stats=True)
InstanceNorm{}d(3, affine=True, track_running_stats=True).eval()
"""
for row in IMAGE_NORMS.strip().splitlines():
    for axes in (2, 3) if row.startswith("Batch") else (1, 2, 3):
        layer(row.format(axes), x=normal(2, 3, *(5, 3, 2)[:axes]))
for axes in (1, 2, 3):
    layer(f"InstanceNorm{axes}d(3, affine=True)", x=normal(3, *(5, 3, 2)[:axes]))
    for kind in ("BatchNorm", "InstanceNorm"):
        made = f"m = T.nn.Lazy{kind}{axes}d().to(x.dtype)\nm(x.detach())\n"
        TABLE.add(made + "probe(fill(m), x)", name=f"nn.Lazy{kind}{axes}d",
                  x=normal(2, 3, *(5, 3, 2)[:axes]))  # fmt: skip
        look = f"repr(T.nn.Lazy{kind}{axes}d(momentum=None, bias=False))"
        TABLE.add(look, name=f"nn.Lazy{kind}{axes}d")
for row in ("GroupNorm(2, 4)", "GroupNorm(1, 4, eps=0.1)", "GroupNorm(4, 4, affine=False)",
            "GroupNorm(2, 4, bias=False)"):  # fmt: skip
    layer(row, x=normal(2, 4, 3))
    layer(row, x=normal(2, 4, 2, 3))
for row in ("LocalResponseNorm(2)", "LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0)"):
    layer(row, x=normal(2, 4, 3, 2))

# Of PyTorch's CrossMapLRN2d the numbers; its gradient is not that of these numbers.
for row in ("CrossMapLRN2d(3)", "CrossMapLRN2d(5, alpha=0.5, beta=0.6, k=2.0)", "CrossMapLRN2d(4)",
            "CrossMapLRN2d(1)"):  # fmt: skip
    layer(row, x=frozen(2, 7, 2, 3))
layer("Softmax2d()", x=normal(2, 3, 2, 2))
layer("Softmax2d()", x=normal(3, 2, 2))

# --- pooling and resizing -----------------------------------------------------------------------
POOLS = """
MaxPool{}d(2)
MaxPool{}d(3, stride=2, padding=1, ceil_mode=True)
MaxPool{}d(2, 1, 0, 2)
AvgPool{}d(2)
AvgPool{}d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)
AdaptiveAvgPool{}d(1)
AdaptiveAvgPool{}d(3)
AdaptiveMaxPool{}d(3)
"""
for row in POOLS.strip().splitlines():
    for axes in (1, 2, 3):
        layer(row.format(axes), x=distinct(1, 2, *(5, 4, 4)[:axes]))
layer("AvgPool3d(2, divisor_override=3)", x=normal(2, 2, 3, 2))
layer("AdaptiveAvgPool2d((None, 2))", x=normal(2, 3, 4))
layer("AdaptiveMaxPool2d((2, None))", x=distinct(1, 2, 3, 4))
for axes in (1, 2, 3):
    layer(f"LPPool{axes}d(2, 2)", x=positive(1, 2, *(4, 3, 2)[:axes]))
    if axes > 1:
        given = f"FractionalMaxPool{axes}d(2, 2, _random_samples=T.sigmoid(u))"
        layer(given, x=distinct(1, 2, *(4, 5, 4)[:axes]), u=frozen(1, 2, axes))
    made = f"y, i = F.max_pool{axes}d(x, 2, 2, return_indices=True)\n"
    TABLE.add(made + f"m = T.nn.MaxUnpool{axes}d(2, 2)\nrepr(m), m(y, i)",
              name=f"nn.MaxUnpool{axes}d", x=distinct(1, 2, *(4, 4, 4)[:axes]))  # fmt: skip
for row in ("Upsample(scale_factor=2)", "Upsample(size=(3, 5), mode='bilinear')",
            "Upsample(None, (2, 1.5), 'bicubic', True)", "UpsamplingNearest2d(3)",
            "UpsamplingBilinear2d(scale_factor=2)", "PixelUnshuffle(2)", "ChannelShuffle(2)",
            "PixelShuffle(2)"):  # fmt: skip
    layer(row, x=normal(1, 4, 2, 4))

# --- embeddings (x only says in which dtype) ----------------------------------------------------
EMBEDDINGS = """
Embedding(5, 3)
Embedding(5, 3, padding_idx=1)
Embedding(5, 3, padding_idx=-1)
Embedding(5, 3, scale_grad_by_freq=True)
Embedding(5, 3, max_norm=1.0)
Embedding(5, 3, max_norm=1.0, norm_type=1.0)
"""
for row in EMBEDDINGS.strip().splitlines():
    TABLE.add(f"probe(fill(T.nn.{row}).to(x.dtype), i)", name="nn.Embedding",
              i=integers(2, 4), x=frozen(1))  # fmt: skip
TABLE.add("probe(T.nn.Embedding.from_pretrained(w), i)", name="nn.Embedding",
          i=integers(4), w=frozen(5, 2))  # fmt: skip
TABLE.add("m = T.nn.Embedding.from_pretrained(w, freeze=False, padding_idx=0)\nprobe(m, i)",
          name="nn.Embedding", i=integers(4), w=frozen(5, 2))  # fmt: skip
TABLE.add("T.nn.Embedding(4, 2, padding_idx=2).weight[2]", name="nn.Embedding")
for mode in ("mean", "sum", "max"):
    made = f"fill(T.nn.EmbeddingBag(5, 3, mode='{mode}')).to(x.dtype)"
    TABLE.add(f"probe({made}, i)", name="nn.EmbeddingBag", i=integers(2, 4), x=frozen(1))
    TABLE.add(f"probe({made}, i, o)", name="nn.EmbeddingBag", i=integers(6), o=ints(0, 2, 5),
              x=frozen(1))  # fmt: skip
TABLE.add("m = fill(T.nn.EmbeddingBag(5, 3, padding_idx=1)).to(x.dtype)\nprobe(m, i)",
          name="nn.EmbeddingBag", i=integers(2, 4), x=frozen(1))  # fmt: skip
TABLE.add("m = T.nn.EmbeddingBag.from_pretrained(w, mode='sum', include_last_offset=True)\n"
          "probe(m, i, o)", name="nn.EmbeddingBag", i=integers(6), o=ints(0, 2, 6),
          w=frozen(5, 3))  # fmt: skip

# --- losses -------------------------------------------------------------------------------------
WAYS = ("", "reduction='sum'", "reduction='none'")


def losses(kind: str, options: tuple[str, ...], *inputs: str, **given: object) -> None:
    """Add a loss with each of its options, and each reduction."""
    for option in (*WAYS, *options, "size_average=False", "reduce=False"):
        # These have no old words.
        new = kind in ("HuberLoss", "GaussianNLLLoss", "TripletMarginWithDistanceLoss")
        if not (new and option.startswith(("size", "reduce="))):
            words = mentioned(f"f({', '.join(inputs)}, {option})", given)
            layer(f"{kind}({option})", *inputs, **words)


PAIR = {"x": normal(4, 3), "y": frozen(4, 3)}
for kind, options in (
    ("MSELoss", ()), ("L1Loss", ()), ("SmoothL1Loss", ("beta=0.3", "beta=0.0")),
    ("HuberLoss", ("delta=0.4",)),
):  # fmt: skip
    losses(kind, options, "x", "y", **PAIR)
losses("PoissonNLLLoss", ("full=True", "log_input=False", "eps=0.1, log_input=False"), "x", "y",
       x=positive(4, 3), y=positive(4, 3))  # fmt: skip
losses("GaussianNLLLoss", ("full=True", "eps=0.5"), "x", "y", "v",
       x=normal(4, 3), y=frozen(4, 3), v=positive(4, 3))  # fmt: skip
losses("GaussianNLLLoss", (), "x", "y", "v", x=normal(4, 3), y=frozen(4, 3), v=positive(4))
CLASSES = ("weight=weight.detach()", "weight=weight.detach(), reduction='sum'", "ignore_index=1",
           "weight=weight.detach(), ignore_index=0")  # fmt: skip
SMOOTH = ("label_smoothing=0.1", "weight=weight.detach(), label_smoothing=0.2, ignore_index=2")
losses("CrossEntropyLoss", CLASSES + SMOOTH, "x", "t",
       x=normal(6, 4), t=integers(6, high=4), weight=positive(4))  # fmt: skip
losses("CrossEntropyLoss", ("label_smoothing=0.1", "weight=weight.detach()"), "x", "t",
       x=normal(2, 4, 3), t=integers(2, 3, high=4), weight=positive(4))  # fmt: skip
losses("CrossEntropyLoss", ("label_smoothing=0.1", "weight=weight.detach()"), "x", "p.softmax(1)",
       x=normal(3, 4), p=frozen(3, 4), weight=positive(4))  # fmt: skip
losses("NLLLoss", CLASSES, "x.log_softmax(1)", "t",
       x=normal(6, 4), t=integers(6, high=4), weight=positive(4))  # fmt: skip
losses("MultiMarginLoss", ("p=2", "margin=0.5", "weight=weight.detach()"), "x", "t",
       x=normal(5, 4), t=integers(5, high=4), weight=positive(4))  # fmt: skip
losses("MultiLabelMarginLoss", (), "x", "t", x=normal(2, 4), t=ints((3, 0, -1, 1), (1, -1, 2, 0)))
losses("MultiLabelSoftMarginLoss", ("weight=weight.detach()",), "x", "(y > 0).to(x.dtype)",
       x=normal(5, 3), y=frozen(5, 3), weight=positive(3))  # fmt: skip
losses("KLDivLoss", ("reduction='batchmean'",), "x.log_softmax(1)", "y.softmax(1)", **PAIR)
losses("KLDivLoss", ("reduction='batchmean', log_target=True",), "x.log_softmax(1)",
       "y.log_softmax(1)", **PAIR)  # fmt: skip
losses(
    "BCELoss",
    ("weight=weight.detach()",),
    "x",
    "y",
    x=unit(4, 3),
    y=unit(4, 3),
    weight=positive(4, 3),
)
losses("BCEWithLogitsLoss", ("weight=weight.detach()", "pos_weight=weight.detach()"), "x", "y",
       x=normal(4, 3), y=unit(4, 3), weight=positive(3))  # fmt: skip
SIGNS = values(1.0, -1.0, 1.0, -1.0)
losses("SoftMarginLoss", (), "x", "t.detach()", x=normal(4), t=SIGNS)
losses("HingeEmbeddingLoss", ("margin=0.5",), "x", "t.detach()", x=normal(4), t=SIGNS)
losses("MarginRankingLoss", ("margin=0.5",), "x", "y", "t.detach()",
       x=normal(4), y=normal(4), t=SIGNS)  # fmt: skip
losses("CosineEmbeddingLoss", ("margin=0.2",), "x", "y", "t.detach()",
       x=normal(4, 3), y=normal(4, 3), t=SIGNS)  # fmt: skip
TRIPLE = {"x": normal(4, 3), "y": normal(4, 3), "z": normal(4, 3)}
losses("TripletMarginLoss", ("margin=0.5", "p=1.0", "swap=True", "eps=0.1"), "x", "y", "z",
       **TRIPLE)  # fmt: skip
losses("TripletMarginWithDistanceLoss",
       ("margin=0.5, swap=True", "distance_function=lambda a, b: (a - b).abs().sum(-1)"),
       "x", "y", "z", **TRIPLE)  # fmt: skip

# --- networks -----------------------------------------------------------------------------------
NETWORKS = """
Sequential(T.nn.Linear(3, 4), T.nn.ReLU(), T.nn.Linear(4, 2))
Sequential(T.nn.Linear(3, 4, bias=False), T.nn.BatchNorm1d(4), T.nn.Tanh(), T.nn.Dropout(0.0))
Sequential(T.nn.Sequential(T.nn.Linear(3, 3), T.nn.Sigmoid()), T.nn.LayerNorm(3))
"""
for row in NETWORKS.strip().splitlines():
    layer(row, x=normal(5, 3))
SHARED = "a = T.nn.Linear(3, 3)\nm = T.nn.Sequential(a, T.nn.Tanh(), a)\n"
TABLE.add(SHARED + "probe(fill(m), x)", name="nn.Sequential", x=normal(5, 3))
TABLE.add(SHARED + "m[0].bias = m[2].bias\nm.append(T.nn.Linear(3, 3, bias=False))\n"
          "m[3].weight = a.weight\nprobe(fill(m), x)", name="nn.Sequential",
          x=normal(5, 3))  # fmt: skip
LOOKS = """
repr(T.nn.ModuleList([T.nn.Linear(2, 2), T.nn.Linear(2, 2), T.nn.ReLU(), T.nn.Linear(2, 2)]))
repr(T.nn.ModuleList()), repr(T.nn.ModuleDict()), repr(T.nn.Sequential()), repr(T.nn.Module())
repr(T.nn.ModuleList([T.nn.Sequential(T.nn.ReLU(), T.nn.ELU()) for _ in range(3)]))
repr(T.nn.ModuleDict({'a': T.nn.Linear(2, 3), 'b': T.nn.ModuleList([T.nn.Tanh()])}))
repr(T.nn.ParameterList([T.zeros(2, 3), 3])), repr(T.nn.Parameter(T.ones(2)))
repr(T.nn.Parameter(T.ones(2), requires_grad=False)), repr(T.nn.LazyLinear(3))
repr(T.nn.Linear(2, 2).load_state_dict({}, strict=False))
repr(T.nn.Linear(2, 2).load_state_dict(T.nn.Linear(2, 2).state_dict()))
"""
for row in LOOKS.strip().splitlines():
    TABLE.add(row, name=f"nn.{row.partition('nn.')[2].partition('(')[0]}")

# --- first values, gradients as a whole ---------------------------------------------------------
GAINS = "linear conv2d conv_transpose1d sigmoid tanh relu selu leaky_relu".split()
for word in GAINS:
    TABLE.add(f"float(T.nn.init.calculate_gain('{word}'))", name="nn.init.calculate_gain")
TABLE.add("T.nn.init.calculate_gain('leaky_relu', 0.3)", name="nn.init.calculate_gain")
FIRST = """
constant_(T.zeros(2, 3), 0.3)
zeros_(T.ones(2))
ones_(T.zeros(2, 2))
eye_(T.zeros(2, 3))
dirac_(T.zeros(3, 2, 3))
dirac_(T.zeros(4, 2, 3, 2), groups=2)
dirac_(T.zeros(2, 2, 2, 3, 3))
"""
for row in FIRST.strip().splitlines():
    TABLE.add(f"T.nn.init.{row}", name=f"nn.init.{row.partition('(')[0]}")
PARTS = """a, b = (T.nn.Parameter(t.detach().clone()) for t in (x, y))
((a * a).sum() + b.exp().sum()).backward()
"""
CLIPS = """
clip_grad_norm_([a, b], 1.0)
clip_grad_norm_([a, b], 1e3)
clip_grad_norm_([a, b], 0.5, norm_type=1)
clip_grad_norm_([a, b], 0.5, norm_type=float('inf'))
clip_grad_norm_(a, 0.1)
clip_grad_norm_([], 1.0)
clip_grad_value_([a, b], 0.3)
get_total_norm([a, b], 3.0)
parameters_to_vector([a, b])
vector_to_parameters(T.arange(8.0), [a, b])
"""
for row in CLIPS.strip().splitlines():
    text = f"{PARTS}r = T.nn.utils.{row}\n[r, a.grad, b.grad, a.detach(), b.detach()]"
    TABLE.add(text, name=f"nn.utils.{row.partition('(')[0]}", grad=False,
              x=normal(2, 3), y=opened(2))  # fmt: skip
