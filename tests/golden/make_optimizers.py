"""Write optimizers.npz: what PyTorch's optimizers and schedules do in `optimizers.py`'s runs.

Run it with a Python that has PyTorch: `python -m tests.golden.make_optimizers`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.golden import optimizers as runs


def main() -> None:
    """Write the file."""
    made: dict[str, np.ndarray] = {}
    for i, (name, options) in enumerate(runs.OPTIMIZERS):
        for dtype in ("float32", "float64"):
            # PyTorch keeps scalars such as NAdam's products in the default dtype.
            torch.set_default_dtype(getattr(torch, dtype))
            for holes in (False, True):
                path = runs.run(torch, name, options, dtype=dtype, steps=20, holes=holes)
                made[f"path/{i}/{dtype}/{holes}"] = path
        path = runs.run(torch, name, options, dtype="float64", steps=1000, shapes=((5,),))
        made[f"end/{i}"] = path[-1]
    for kind in ("SGD", "Adam"):
        for name, make in runs.SCHEDULES.items():
            made[f"rates/{kind}/{name}"] = runs.follow(torch, kind, make)
    for i, options in enumerate(runs.PLATEAUS):
        made[f"plateau/{i}"] = runs.follow_plateau(torch, options)
    np.savez_compressed(Path(__file__).with_name("optimizers.npz"), **made)


if __name__ == "__main__":
    main()
