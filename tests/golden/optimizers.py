"""The runs of optimizers and schedules that are compared with PyTorch, and their gradients.

Gradients come from sines of whole numbers, so both sides compute the same ones. Everything here
works with `torch` and with `liuli` alike: it is given the module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Options = dict[str, Any]
Shapes = tuple[tuple[int, ...], ...]

SHAPES = ((3, 4), (4,), (2, 1, 3))
OPTIMIZERS: tuple[tuple[str, Options], ...] = (
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "maximize": True}),
    ("SGD", {}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1,
                 "initial_accumulator_value": 0.3, "eps": 1e-4}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "weight_decay": 0.1, "momentum": 0.5}),
    ("RMSprop", {"alpha": 0.9, "centered": True, "momentum": 0.9, "eps": 1e-3}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.2, "amsgrad": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.05}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 5, "weight_decay": 0.1}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.05, "etas": (0.4, 1.3), "step_sizes": (1e-3, 0.2), "maximize": True}),
)  # fmt: skip


def start(shape: tuple[int, ...]) -> np.ndarray:
    """Where a parameter begins."""
    count = np.arange(np.prod(shape))
    return np.sin(count * 1.7 + 0.3).reshape(shape)


def gradient(step: int, number: int, p: np.ndarray) -> np.ndarray:
    """A gradient that changes from step to step, and draws towards zero."""
    count = np.arange(p.size).reshape(p.shape)
    return np.sin(count * 0.9 + step * 0.37 + number) + 0.3 * p


def run(
    module: Any, name: str, options: Options, *, dtype: str, steps: int, holes: bool = False,
    shapes: Shapes = SHAPES,
) -> Any:  # fmt: skip
    """Train parameters for some steps; return the path of all of them, one row a step.

    With `holes` the second parameter has a gradient in every third step only, and the third one
    begins at step 5.
    """
    params = [module.tensor(start(s), dtype=getattr(module, dtype)) for s in shapes]
    for p in params:
        p.requires_grad_()
    optimizer = getattr(module.optim, name)(params, **options)
    path = []
    for step in range(steps):
        for number, p in enumerate(params):
            left_out = holes and ((number == 1 and step % 3) or (number == 2 and step < 5))
            g = gradient(step, number, p.detach().numpy().astype(np.float64))
            p.grad = None if left_out else module.tensor(g, dtype=p.dtype)
        optimizer.step()
        path.append(np.concatenate([p.detach().numpy().ravel() for p in params]))
    return np.array(path)


# --- schedules ----------------------------------------------------------------------------------
def each(name: str, **options: Any) -> Callable[[Any, Any], Any]:
    """A schedule of one kind."""
    return lambda S, optimizer: getattr(S, name)(optimizer, **options)


def sequence(S: Any, optimizer: Any) -> Any:
    """Warm up, fall, and fall in waves."""
    parts = [
        S.LinearLR(optimizer, 0.1, total_iters=4),
        S.ExponentialLR(optimizer, 0.9),
        S.CosineAnnealingWarmRestarts(optimizer, 3),
        S.CosineAnnealingLR(optimizer, 6),
    ]
    return S.SequentialLR(optimizer, parts, [5, 12, 20])


def chain(S: Any, optimizer: Any) -> Any:
    """Five schedules at once."""
    parts = [
        S.ConstantLR(optimizer, 0.5, 4),
        S.StepLR(optimizer, 5, 0.7),
        S.CosineAnnealingLR(optimizer, 7, 1e-3),
        S.PolynomialLR(optimizer, 40, 2.0),
        S.MultiplicativeLR(optimizer, lambda epoch: 1 + epoch / 100),
    ]
    return S.ChainedScheduler(parts)


def nested(S: Any, optimizer: Any) -> Any:
    """A chain inside a sequence would have no epoch to start at; a sequence inside a chain."""
    parts = [S.ConstantLR(optimizer, 0.5, 3), S.MultiStepLR(optimizer, [2, 5, 5, 9], 0.5)]
    inner = S.SequentialLR(optimizer, parts, [6])
    return S.ChainedScheduler([inner, S.ExponentialLR(optimizer, 0.99)])


SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "step": each("StepLR", step_size=4),
    "step, slowly": each("StepLR", step_size=7, gamma=0.5),
    "steps": each("MultiStepLR", milestones=[3, 10, 10, 22], gamma=0.3),
    "exponential": each("ExponentialLR", gamma=0.93),
    "constant": each("ConstantLR", factor=0.25, total_iters=9),
    "constant by default": each("ConstantLR"),
    "linear": each("LinearLR", start_factor=0.2, end_factor=0.7, total_iters=11),
    "linear by default": each("LinearLR"),
    "polynomial": each("PolynomialLR", total_iters=17, power=1.7),
    "lambda": each("LambdaLR", lr_lambda=lambda epoch: 1 / (1 + epoch)),
    "lambdas": each("LambdaLR", lr_lambda=[lambda epoch: 0.9**epoch, lambda epoch: 1 + epoch]),
    "multiplicative": each("MultiplicativeLR", lr_lambda=lambda epoch: 0.9 + epoch / 200),
    "cosine": each("CosineAnnealingLR", T_max=10),
    "cosine, odd": each("CosineAnnealingLR", T_max=7, eta_min=0.003),
    "restarts": each("CosineAnnealingWarmRestarts", T_0=4, T_mult=2, eta_min=0.002),
    "restarts, even": each("CosineAnnealingWarmRestarts", T_0=5),
    "one cycle": each("OneCycleLR", max_lr=0.5, total_steps=30),
    "one cycle, three phases": each("OneCycleLR", max_lr=[0.5, 0.2], epochs=6, steps_per_epoch=5,
                                    three_phase=True, anneal_strategy="linear", pct_start=0.25),
    "one cycle, quiet": each("OneCycleLR", max_lr=0.5, total_steps=30, cycle_momentum=False),
    "cyclic": each("CyclicLR", base_lr=0.01, max_lr=0.1, step_size_up=4),
    "cyclic 2": each("CyclicLR", base_lr=[0.01, 0.02], max_lr=0.1, step_size_up=3,
                     step_size_down=5, mode="triangular2", base_momentum=0.7),
    "cyclic, exponential": each("CyclicLR", base_lr=0.01, max_lr=0.1, step_size_up=5,
                                mode="exp_range", gamma=0.95, cycle_momentum=False),
    "cyclic, own": each("CyclicLR", base_lr=0.01, max_lr=0.1, step_size_up=5,
                        scale_fn=lambda x: 1 / (1 + x), scale_mode="iterations"),
    "sequence": sequence,
    "chain": chain,
    "nested": nested,
}  # fmt: skip

PLATEAUS: tuple[Options, ...] = (
    {"patience": 2},
    {"patience": 1, "mode": "max", "threshold": 0.05, "cooldown": 2, "factor": 0.5},
    {"patience": 0, "threshold_mode": "abs", "threshold": 0.2, "min_lr": [0.01, 0.02]},
    {"patience": 0, "mode": "max", "threshold_mode": "abs", "eps": 0.03},
)


def rates(optimizer: Any) -> list[float]:
    """The rate of each group, and what is cycled with it."""
    found = []
    for group in optimizer.param_groups:
        momentum = group["betas"][0] if "betas" in group else group["momentum"]
        found += [float(group["lr"]), float(momentum)]
    return found


def two_groups(module: Any, kind: str) -> Any:
    """An optimizer of two groups with rates of their own."""
    a, b = (module.ones(1).requires_grad_() for _ in range(2))
    more = {"momentum": 0.9} if kind == "SGD" else {}
    groups = [{"params": [a]}, {"params": [b], "lr": 0.03}]
    return getattr(module.optim, kind)(groups, lr=0.1, **more)


def follow(module: Any, kind: str, make: Callable[[Any, Any], Any], epochs: int = 30) -> Any:
    """The rates over some epochs, one row an epoch, the first one included."""
    optimizer = two_groups(module, kind)
    schedule = make(module.optim.lr_scheduler, optimizer)
    path = [rates(optimizer)]
    for epoch in range(epochs):
        optimizer.step()
        schedule.step()
        path.append(rates(optimizer))
        if epoch == 14:  # somebody else changes the rate
            optimizer.param_groups[1]["lr"] *= 0.5
    return np.array(path)


def follow_plateau(module: Any, options: Options) -> Any:
    """The rates under a loss that stops falling, twice."""
    optimizer = two_groups(module, "SGD")
    schedule = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    path = []
    for epoch in range(30):
        optimizer.step()
        schedule.step(round(abs(epoch % 17 - 8) / 10 + 0.3, 3))
        path.append(rates(optimizer))
    return np.array(path)
