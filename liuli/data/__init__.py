"""Data: sets, samplers, the loader, transforms. PyTorch's names.

`digits()` is 5,000 real handwritten digits that need no network; `MNIST` and `FashionMNIST` are
found, or downloaded.
"""

import sys as _sys

from ..functions import calls as _calls
from ..functions import names as _names
from ..places import cache_dir
from . import sets, transforms
from .arrays import as_arrays
from .collate import default_collate, default_convert
from .dataset import (
    ConcatDataset,
    Dataset,
    InMemory,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from .labels import check_finite, check_labels
from .loader import DataLoader
from .places import folders
from .sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .sets import MNIST, Arrays, FashionMNIST, digits

__all__ = [
    "MNIST",
    "Arrays",
    "BatchSampler",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "FashionMNIST",
    "InMemory",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "as_arrays",
    "cache_dir",
    "check_finite",
    "check_labels",
    "default_collate",
    "default_convert",
    "digits",
    "folders",
    "random_split",
    "sets",
    "transforms",
]

_LATER = ("ChainDataset", "DistributedSampler", "get_worker_info")
_ELSEWHERE = {"datasets": "data.MNIST", "utils": "data.DataLoader"}

_calls.guard_classes(globals())
__getattr__ = _names.lookup(_sys.modules[__name__], _LATER, _ELSEWHERE)
