"""JAX: one jitted function of parameters, velocities and a batch, whose buffers are given back."""

from __future__ import annotations

from typing import Any

from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import Contestant


class Jax(Contestant):
    """The functional step. Each is waited for, so calls that compute before they return are the
    faster ones; "async" hands the work to another thread, as JAX does by default.
    """

    module = "jax"

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_cpu_enable_async_dispatch", how == "async")
        self.ready = jax.block_until_ready

        def loss_of(params: Any, x: Any, y: Any) -> Any:
            *hidden, (w, b) = params
            for weight, bias in hidden:
                x = jax.nn.relu(x @ weight.T + bias)
            scores = jax.nn.log_softmax(x @ w.T + b)
            return -jnp.take_along_axis(scores, y[:, None], axis=1).mean()

        def train(params: Any, velocities: Any, x: Any, y: Any) -> Any:
            loss, gradients = jax.value_and_grad(loss_of)(params, x, y)
            velocities = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocities, gradients)
            params = jax.tree.map(lambda p, v: p - LR * v, params, velocities)
            return params, velocities, loss

        start = [jnp.asarray(value) for value in problem.start()]
        self.params = list(zip(start[::2], start[1::2], strict=True))
        self.velocities = jax.tree.map(jnp.zeros_like, self.params)
        self.train = jax.jit(train, donate_argnums=(0, 1))
        self.given = [tuple(map(jnp.asarray, batch)) for batch in problem.batches()]

    def step(self, number: int) -> Any:
        """Train on this batch, and wait for all of it."""
        found = self.train(self.params, self.velocities, *self.given[number])
        self.params, self.velocities, loss = self.ready(found)
        return loss


CONTESTANTS = {"jax": Jax}
