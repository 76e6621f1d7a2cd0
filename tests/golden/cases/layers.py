"""nn.functional: linear, embedding, norms, padding, similarity, attention."""

from __future__ import annotations

from tests.golden.cases.case import (
    Table,
    booleans,
    bools,
    frozen,
    integers,
    ints,
    normal,
    positive,
)

TABLE = Table("layers")

for sizes in ("2 3", "3", "2 4 3", "0 3"):
    x = (frozen if "0" in sizes else normal)(*map(int, sizes.split()))
    TABLE.add("F.linear(x, w, b)", x=x, w=normal(5, 3), b=normal(5))
    TABLE.add("F.linear(x, w)", x=x, w=normal(5, 3))
TABLE.add("F.linear(x, w)", x=normal(2, 3), w=normal(3))
TABLE.add("F.linear(x.t(), w, b)", x=normal(3, 2), w=normal(4, 3), b=normal(4))
TABLE.add("F.linear(x, w, bias=None)", x=normal(2, 3), w=normal(4, 3))
TABLE.add("F.bilinear(x, y, w, b)", x=normal(2, 3), y=normal(2, 4), w=normal(5, 3, 4), b=normal(5))
TABLE.add("F.bilinear(x, y, w)", x=normal(2, 3), y=normal(2, 4), w=normal(5, 3, 4))

TABLE.add("F.embedding(i, w)", i=integers(2, 3), w=normal(5, 4))
TABLE.add("F.embedding(i, w)", i=ints(1, 1, 1), w=normal(3, 2))
TABLE.add("F.embedding(i, w, padding_idx=0)", i=ints((0, 1), (2, 0)), w=normal(3, 2))
TABLE.add("F.embedding(i, w, padding_idx=-1)", i=ints(0, 2), w=normal(3, 2))
TABLE.add("F.embedding(i[0], w)", i=ints(1), w=normal(3, 2))
TABLE.add("F.embedding(i, w, scale_grad_by_freq=True)", i=ints(1, 1, 0), w=normal(3, 2))
TABLE.add("F.embedding_bag(i, w)", i=ints((0, 1), (2, 2)), w=normal(3, 2))
TABLE.add("F.embedding_bag(i, w, mode='sum')", i=ints((0, 1), (2, 2)), w=normal(3, 2))

PADS = """
pad(x, (1, 2))
pad(x, (1, 2, 0, 1))
pad(x, (1, 0, 2, 1, 0, 1))
pad(x, (1, 2), value=3.5)
pad(x, (1, 1), 'constant', 0)
pad(x, (-1, 1))
pad(x, (-1, -1, -1, 0))
pad(x, [0, 2])
pad(x, (2, 1), mode='reflect')
pad(x, (1, 2), mode='replicate')
pad(x, (2, 1), mode='circular')
"""
for row in PADS.strip().splitlines():
    TABLE.add(f"F.{row}", x=normal(2, 3, 4))
for mode in ("constant", "reflect", "replicate", "circular"):
    TABLE.add(f"F.pad(x, (1, 2, 2, 1), mode='{mode}')", x=normal(1, 2, 3, 4))
    TABLE.add(f"F.pad(x, (1, 0), mode='{mode}')", x=normal(2, 3))
TABLE.add("F.pad(i, (1, 1), value=-1)", i=integers(4))
TABLE.add("F.pad(b, (1, 1), value=True)", b=booleans(4))

TABLE.add("F.layer_norm(x, (4,))", x=normal(3, 4))
TABLE.add("F.layer_norm(x, (4,), w, b)", x=normal(2, 3, 4), w=normal(4), b=normal(4))
TABLE.add("F.layer_norm(x, (3, 4), w, b)", x=normal(2, 3, 4), w=normal(3, 4), b=normal(3, 4))
TABLE.add("F.layer_norm(x, [4], weight=w, eps=0.1)", x=normal(3, 4), w=normal(4))
TABLE.add("F.layer_norm(x, (4,))", x=normal(4))
TABLE.add("F.rms_norm(x, (4,))", x=normal(3, 4))
TABLE.add("F.rms_norm(x, (4,), w)", x=normal(3, 4), w=normal(4))
TABLE.add("F.rms_norm(x, (4,), w, eps=0.1)", x=normal(3, 4), w=normal(4))
for shape in ((4, 3), (4, 3, 5), (2, 3, 2, 2)):
    stats = {"m": frozen(3), "v": positive(3)}
    TABLE.add("F.batch_norm(x, None, None, training=True)", x=normal(*shape))
    TABLE.add(
        "F.batch_norm(x, m, v.detach(), w, b)",
        x=normal(*shape), w=normal(3), b=normal(3), **stats,
    )  # fmt: skip
    TABLE.add(
        "m2, v2 = m.clone(), v.detach().clone()\n"
        "F.batch_norm(x, m2, v2, w, b, training=True), m2, v2",
        name="nn.functional.batch_norm",
        x=normal(*shape), w=normal(3), b=normal(3), **stats,
    )  # fmt: skip
    TABLE.add(
        "m2, v2 = m.clone(), v.detach().clone()\n"
        "F.batch_norm(x, m2, v2, training=True, momentum=0.3, eps=0.01), m2, v2",
        name="nn.functional.batch_norm", x=normal(*shape), **stats,
    )  # fmt: skip
TABLE.add("F.group_norm(x, 2)", x=normal(2, 4, 3))
TABLE.add("F.group_norm(x, 2, w, b, eps=0.01)", x=normal(2, 4, 3), w=normal(4), b=normal(4))
TABLE.add("F.instance_norm(x)", x=normal(2, 3, 4))
TABLE.add("F.instance_norm(x, weight=w, bias=b)", x=normal(2, 3, 2, 2), w=normal(3), b=normal(3))
TABLE.add("F.local_response_norm(x, 3)", x=normal(2, 4, 3))

TABLE.add("F.cosine_similarity(x, y)", x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.cosine_similarity(x, y, dim=0)", x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.cosine_similarity(x, y, dim=-1)", x=normal(3, 1, 4), y=normal(2, 4))
TABLE.add("F.cosine_similarity(x, y, dim=0, eps=1e-3)", x=normal(4), y=normal(4))
TABLE.add("T.cosine_similarity(x, y)", x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.pairwise_distance(x, y)", x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.pairwise_distance(x, y, p=1)", x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.pairwise_distance(x, y, keepdim=True)", x=normal(3, 4), y=normal(3, 4))
TABLE.add("F.pdist(x)", x=normal(4, 3))

QKV = {"q": normal(2, 2, 3, 4), "k": normal(2, 2, 5, 4), "v": normal(2, 2, 5, 3)}
ATTENTION = "F.scaled_dot_product_attention"
TABLE.add(f"{ATTENTION}(q, k, v)", **QKV)
TABLE.add(f"{ATTENTION}(q, k, v, is_causal=True)", **QKV)
TABLE.add(f"{ATTENTION}(q, k, v, scale=0.3)", **QKV)
TABLE.add(f"{ATTENTION}(q, k, v, dropout_p=0.0)", q=normal(3, 4), k=normal(3, 4), v=normal(3, 4))
TABLE.add(f"{ATTENTION}(q, k, v, attn_mask=m)", m=normal(3, 5), **QKV)
MASK = bools((True,) * 5, (True, False, True, True, False), (False, True, True, False, True))
TABLE.add(f"{ATTENTION}(q, k, v, attn_mask=m)", m=MASK, **QKV)
TABLE.add(f"{ATTENTION}(x, x, x, is_causal=True)", x=normal(2, 4, 3))
TABLE.add("w = F.softmax(x @ x.transpose(1, 2) / 3 ** 0.5, dim=-1)\nw @ x",
          name="nn.functional.softmax", x=normal(2, 4, 3))  # fmt: skip
TABLE.add("F.normalize(x, dim=-1) @ F.normalize(x, dim=-1).t()", name="nn.functional.normalize",
          x=positive(3, 4))  # fmt: skip
