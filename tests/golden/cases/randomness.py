"""Random draws: shapes, dtypes, ranges and repeatability; the numbers themselves are free."""

from __future__ import annotations

from tests.golden.cases.case import Table, unit, values

TABLE = Table("randomness")

DRAWS = """
T.rand(3, 4)
T.rand((2,), dtype=T.float64)
T.rand(3, generator=T.Generator().manual_seed(3))
T.randn(3, 4)
T.randn((2, 1), dtype=T.float64)
T.randn(2, device='cpu')
T.randn(())
T.randint(5, (2, 3))
T.randint(2, 7, (4,))
T.randint(0, 10, (3,), dtype=T.int32)
T.randint(low=1, high=4, size=(2,))
T.randperm(6)
T.randperm(6, generator=T.Generator().manual_seed(3))
T.randperm(0)
T.normal(0.0, 1.0, (2, 3))
T.normal(T.zeros(3), T.ones(3))
T.bernoulli(T.full((3, 2), 0.5))
T.multinomial(T.tensor([0.2, 0.8]), 5, replacement=True)
T.multinomial(T.ones(2, 4), num_samples=2)
T.rand_like(T.zeros(2, 3))
T.randn_like(T.zeros(2, 3, dtype=T.float64))
T.randint_like(T.zeros(3), 5)
T.zeros(3).normal_()
T.zeros(3).normal_(mean=1.0, std=2.0)
T.zeros(3).uniform_(-1, 1)
T.zeros(3).bernoulli_(0.3)
T.zeros(3).exponential_()
T.zeros(3, dtype=T.int64).random_(0, 5)
F.dropout(T.ones(3, 4), 0.5)
"""
for row in DRAWS.strip().splitlines():
    TABLE.add(f"{row}.shape")
    TABLE.add(f"{row}.dtype")
    if "Generator" not in row:
        text = f"T.manual_seed(7); a = {row}; T.manual_seed(7); b = {row}; T.equal(a, b)"
        TABLE.rows(text, name="liuli.manual_seed")

TABLE.rows("""
# liuli.rand
a = T.rand(200); bool((a >= 0).all()), bool((a < 1).all()), bool(a.std() > 0.1)
a = T.rand(5); b = T.rand(5); T.equal(a, b)

# liuli.randn
a = T.randn(4000); abs(a.mean().item()) < 0.1, abs(a.std().item() - 1) < 0.1
a = T.randn(3, requires_grad=True); a.requires_grad, a.is_leaf

# liuli.randint
a = T.randint(2, 5, (200,)); a.min(), a.max()

# liuli.randperm
T.randperm(50).sort().values
x = T.arange(3); x[T.randperm(3)].sum()

# Tensor.uniform_
a = T.zeros(500).uniform_(2, 3); bool((a >= 2).all()), bool((a < 3).all())

# liuli.bernoulli
T.bernoulli(T.tensor([0.0, 1.0]))

# liuli.multinomial
T.multinomial(T.tensor([0.0, 1.0, 0.0]), 1)
T.multinomial(T.tensor([1.0, 0.0, 2.0]), 2).sort().values

# nn.functional.dropout
F.dropout(T.ones(300), 0.5).unique()
F.dropout(T.ones(3), 1.0)
F.dropout(T.ones(3), 0.0)
F.dropout(T.ones(3), 0.9, training=False)
x = T.randn(5, 5); y = F.dropout(x, 0.5); T.equal(y, x * 2 * (y != 0))

# liuli.Generator
g = T.Generator(); g.manual_seed(3); a = T.rand(3, generator=g); g.manual_seed(3); \
b = T.rand(3, generator=g); T.equal(a, b)
g = T.Generator().manual_seed(4); g.initial_seed()

# liuli.manual_seed
T.manual_seed(1); a = T.rand(3); T.manual_seed(2); b = T.rand(3); T.equal(a, b)

# liuli.get_rng_state
s = T.get_rng_state(); a = T.rand(3); T.set_rng_state(s); b = T.rand(3); T.equal(a, b)

# liuli.set_rng_state
s = T.get_rng_state(); T.rand(3); T.set_rng_state(s); T.equal(T.get_rng_state(), s)

# liuli.initial_seed
T.manual_seed(5); T.initial_seed()
""")

# Where dropout does nothing, the gradient passes whole; where it acts, zeros and scale agree.
for name in "dropout dropout1d dropout2d alpha_dropout feature_alpha_dropout".split():
    shape = (2, 3, 4) if name != "dropout2d" else (2, 3, 2, 2)
    TABLE.add(f"F.{name}(x, p=0.0)", x=unit(*shape))
    TABLE.add(f"F.{name}(x, 0.5, training=False)", x=unit(*shape))
TABLE.add("T.dropout(x, 0.5, False)", x=unit(3))
TABLE.add("T.bernoulli(x)", x=values(0.0, 1.0, 1.0), grad=False)
