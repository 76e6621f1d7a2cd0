"""Write transforms.npz: what torchvision makes of a picture, for motions and crops that are given.

Run it with a Python that has torchvision; the test that reads the file needs none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).with_name("transforms.npz")
Motions = dict[str, dict[str, Any]]

# torchvision's `affine`: angle, translate, scale, shear; then mode, fill, center
MOTIONS: Motions = {
    "nothing": {},
    "turned": {"angle": 33.3},
    "turned far": {"angle": -200.5, "interpolation": "bilinear"},
    "moved": {"translate": [2, -1], "fill": [0.25]},
    "scaled": {"scale": 1.37, "interpolation": "bilinear"},
    "smaller": {"scale": 0.61, "interpolation": "bilinear", "fill": [0.5, 0.125]},
    "sheared": {"shear": [17.0, 0.0], "interpolation": "bilinear"},
    "sheared both": {"shear": [17.0, -23.0]},
    "about a corner": {"angle": 20.0, "center": [1, 5], "interpolation": "bilinear"},
    "all": {"angle": 41.0, "translate": [-1, 2], "scale": 0.8, "shear": [12.0, 7.0],
            "interpolation": "bilinear", "fill": [9.0], "center": [4, 2]},
    "all, nearest": {"angle": 41.0, "translate": [-1, 2], "scale": 0.83, "shear": [12.0, 7.0],
                     "fill": [9.0], "center": [4, 2]},
}  # fmt: skip
# `rotate`: angle, then the same, and expand
TURNS: Motions = {
    "turned": {"angle": 33.3},
    "quarter": {"angle": 91.0},
    "half, bilinear": {"angle": 180, "interpolation": "bilinear"},
    "expanded": {"angle": 25.0, "expand": True, "fill": [0.5]},
    "expanded quarter": {"angle": -89.0, "expand": True},
    "expanded, bilinear": {"angle": 100.0, "expand": True, "interpolation": "bilinear"},
    "about a corner": {"angle": 12.0, "center": [0, 0]},
}
# `pad`, of which `RandomCrop` sees a part
PADDINGS: Motions = {
    f"{mode} {padding}": {"padding": padding, "padding_mode": mode}
    for mode in ("constant", "edge", "reflect", "symmetric")
    for padding in (2, [1, 3], [1, 2, 3, 4])
}


def picture(dtype: str = "float32") -> np.ndarray:
    """Two channels of 6 rows and 7 columns."""
    rng = np.random.default_rng(5)
    whole = rng.integers(0, 256, (2, 6, 7))
    return whole.astype(dtype) if dtype == "uint8" else (whole / 256).astype(dtype)


def main() -> None:
    """Write the file."""
    import torch
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms import functional as F

    def called(function: Any, options: dict[str, Any], image: Any) -> np.ndarray:
        kind = InterpolationMode(options.pop("interpolation", "nearest"))
        # the classes give a fill of zeros, which at an edge is not the functions' None
        return function(image, interpolation=kind, **{"fill": [0.0], **options}).numpy()

    plain = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]}
    found = {}
    for dtype in ("float32", "uint8"):
        image = torch.from_numpy(picture(dtype))
        for name, options in MOTIONS.items():
            found[f"{dtype} affine {name}"] = called(F.affine, plain | options, image)
        for name, options in TURNS.items():
            found[f"{dtype} rotate {name}"] = called(F.rotate, dict(options), image)
    for name, options in PADDINGS.items():
        found[f"pad {name}"] = F.pad(torch.from_numpy(picture()), **options).numpy()
    np.savez_compressed(GOLDEN, **found)


if __name__ == "__main__":
    main()
