"""nn.functional: losses, each with its reductions and options."""

from __future__ import annotations

from tests.golden.cases.case import (
    Spec,
    Table,
    distinct,
    frozen,
    integers,
    ints,
    normal,
    positive,
    unit,
    values,
)

TABLE = Table("losses")
REDUCTIONS = ("mean", "sum", "none")


def three(call: str, **inputs: Spec) -> None:
    """Add a loss with each of its reductions, and with the default."""
    for reduction in REDUCTIONS:
        TABLE.add(f"F.{call}, reduction='{reduction}')", **inputs)
    TABLE.add(f"F.{call})", **inputs)


LOGITS = {"x": normal(4, 3), "t": ints(0, 2, 1, 2)}
three("cross_entropy(x, t", **LOGITS)
three("cross_entropy(x, t, weight=w.detach()", w=positive(3), **LOGITS)
three("cross_entropy(x, t, ignore_index=2", **LOGITS)
three("cross_entropy(x, t, label_smoothing=0.1", **LOGITS)
OPTIONS = "w.detach(), ignore_index=0, label_smoothing=0.2"
three(f"cross_entropy(x, t, {OPTIONS}", w=positive(3), **LOGITS)
three("cross_entropy(x, p", x=normal(4, 3), p=unit(4, 3))
three("cross_entropy(x, p, label_smoothing=0.1", x=normal(4, 3), p=unit(4, 3))
three("cross_entropy(x, p, weight=w.detach()", x=normal(4, 3), p=unit(4, 3), w=positive(3))
three("cross_entropy(x, t", x=normal(2, 3, 4), t=integers(2, 4, high=3))
three("cross_entropy(x, t, weight=w.detach()", x=normal(2, 3, 2, 2), t=integers(2, 2, 2, high=3),
      w=positive(3))  # fmt: skip
three("cross_entropy(x, p", x=normal(2, 3, 2), p=unit(2, 3, 2))
TABLE.add("F.cross_entropy(x, t[0])", x=normal(3), t=ints(1))
TABLE.add("F.cross_entropy(x, p)", x=normal(3), p=unit(3))
TABLE.add("F.cross_entropy(x, t)", x=normal(2, 3), t=ints(-100, 1))
TABLE.add("F.cross_entropy(x, t)", x=values((1000.0, 0.0, -1000.0), (0.0, 0.0, 0.0)), t=ints(2, 1))
TABLE.add("F.cross_entropy(x.view(-1, 3), t.view(-1))", name="nn.functional.cross_entropy",
          x=normal(2, 2, 3), t=integers(2, 2, high=3))  # fmt: skip
TABLE.add("F.cross_entropy(x, t, ignore_index=1)", grad=False, x=normal(2, 3), t=ints(1, 1))
TABLE.add("F.cross_entropy(x, t, reduction='sum')", x=frozen(0, 3), t=ints())

three("nll_loss(F.log_softmax(x, 1), t", **LOGITS)
three("nll_loss(x, t, weight=w.detach()", w=positive(3), **LOGITS)
three("nll_loss(x, t, ignore_index=2", **LOGITS)
three("nll_loss(x, t", x=normal(2, 3, 2, 2), t=integers(2, 2, 2, high=3))
TABLE.add("F.nll_loss(x, t[0])", x=normal(3), t=ints(1))

PAIR = {"x": distinct(3, 4), "y": normal(3, 4)}
three("mse_loss(x, y", **PAIR)
three("l1_loss(x, y", **PAIR)
three("smooth_l1_loss(x, y", **PAIR)
three("smooth_l1_loss(x, y, beta=0.5", **PAIR)
TABLE.add("F.smooth_l1_loss(x, y, beta=0.0)", **PAIR)
three("huber_loss(x, y", **PAIR)
three("huber_loss(x, y, delta=0.5", **PAIR)
three("soft_margin_loss(x, y.sign().detach()", **PAIR)
three("poisson_nll_loss(x, y.detach()", x=normal(3, 4), y=positive(3, 4))
three("poisson_nll_loss(x, y.detach(), log_input=False", x=positive(3, 4), y=positive(3, 4))
three("poisson_nll_loss(x, y.detach(), full=True", x=normal(3, 4), y=positive(3, 4))
three("gaussian_nll_loss(x, y, v", x=normal(3, 4), y=normal(3, 4), v=positive(3, 4))
three("gaussian_nll_loss(x, y, v, full=True, eps=0.5", x=normal(3, 4), y=normal(3, 4),
      v=positive(3, 1))  # fmt: skip
TABLE.add("F.mse_loss(x, y)", x=normal(3), y=frozen(3))
TABLE.add("F.mse_loss(x, x)", x=normal(3))
TABLE.add("F.l1_loss(x, x.detach())", x=normal(3))
TABLE.add("F.mse_loss(x, y, weight=w.detach())", x=normal(3), y=normal(3), w=positive(3))

three("binary_cross_entropy(x, y", x=unit(3, 4), y=unit(3, 4))
three("binary_cross_entropy(x, y, weight=w.detach()", x=unit(3, 4), y=unit(3, 4), w=positive(4))
three("binary_cross_entropy(x, (y > 0.5).to(x.dtype)", x=unit(5), y=unit(5))
SURE = {"x": values(0.0, 1.0, 0.0, 1.0), "y": values(0.0, 1.0, 1.0, 0.0)}
TABLE.add("F.binary_cross_entropy(x, y)", grad=False, **SURE)
three("binary_cross_entropy_with_logits(x, y", x=normal(3, 4), y=unit(3, 4))
three("binary_cross_entropy_with_logits(x, y, weight=w.detach()", x=normal(3, 4), y=unit(3, 4),
      w=positive(4))  # fmt: skip
three("binary_cross_entropy_with_logits(x, y, pos_weight=w.detach()", x=normal(3, 4), y=unit(3, 4),
      w=positive(4))  # fmt: skip
TABLE.add("F.binary_cross_entropy_with_logits(x, y)", x=values(-200.0, 200.0, 0.0),
          y=values(0.0, 1.0, 1.0))  # fmt: skip

for reduction in ("mean", "sum", "none", "batchmean"):
    text = f"F.kl_div(F.log_softmax(x, 1), F.softmax(y, 1), reduction='{reduction}')"
    TABLE.add(text, x=normal(3, 4), y=normal(3, 4))
    text = f"F.kl_div(x, y, reduction='{reduction}', log_target=True)"
    TABLE.add(text, x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.kl_div(x, y, reduction='sum')", grad=False, x=normal(2), y=values(0.0, 0.5))

SIGNS = {"s": ints(1, -1, 1)}
three("hinge_embedding_loss(x, s", x=values(0.3, 0.7, -0.2), **SIGNS)
three("hinge_embedding_loss(x, s, margin=0.5", x=values(0.3, 0.4, -0.2), **SIGNS)
three("margin_ranking_loss(x, y, s", x=normal(3), y=normal(3), **SIGNS)
three("margin_ranking_loss(x, y, s, margin=0.5", x=normal(3), y=normal(3), **SIGNS)
three("cosine_embedding_loss(x, y, s", x=normal(3, 4), y=normal(3, 4), **SIGNS)
three("cosine_embedding_loss(x, y, s, margin=0.2", x=normal(3, 4), y=normal(3, 4), **SIGNS)
three("multi_margin_loss(x, t", **LOGITS)
three("multi_margin_loss(x, t, p=2, margin=0.7", **LOGITS)
three("multi_margin_loss(x, t, weight=w.detach()", w=positive(3), **LOGITS)
for options in ("", ", margin=0.5, p=1", ", swap=True"):
    anchors = {"x": normal(3, 4), "y": normal(3, 4), "z": normal(3, 4)}
    three(f"triplet_margin_loss(x, y, z{options}", **anchors)
three("multilabel_margin_loss(x, t", x=normal(2, 4), t=ints((3, 0, -1, 1), (2, -1, 0, 0)))
three("multilabel_soft_margin_loss(x, y", x=normal(3, 4), y=unit(3, 4))
