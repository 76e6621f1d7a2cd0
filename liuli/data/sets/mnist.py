"""MNIST and Fashion-MNIST: 60,000 training and 10,000 test images of 28x28 grey pixels.

Sources: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", 1998; H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for
benchmarking machine learning algorithms", 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ...autodiff.tensor import Tensor, fresh
from ...errors import FileError, Row
from ...messages.words import Word
from ...places import cache_dir
from ..download import Progress, fetch
from ..places import folders
from . import idx
from .arrays import Arrays

__mirrors__ = "torchvision"

Transform = Callable[[Any], Any]


class Pinned(NamedTuple):
    """A file as it must be: its name, its bytes, and their sha256."""

    name: str
    size: int
    sha256: str


class MNIST(Arrays):
    """Handwritten digits. Items are `(image, digit)`: a uint8 array (28, 28), through `transform`.

    The four files are looked for in `root`, in the folder `LIULI_DATA`, and in the user's cache;
    if they are nowhere and `download` is True they are downloaded, into `root` or the cache.
    `progress(done, total)` hears of the bytes. The names and places are torchvision's.
    Errors: LL941 if the files are nowhere and may not be downloaded; LL939 if no mirror has
    them; LL940 if a file is damaged; LL942 if there is no place to keep them.

    Example:
        >>> import liuli
        >>> data = liuli.data.MNIST(train=False)  # doctest: +SKIP
        >>> data.inputs.shape  # doctest: +SKIP
        (10000, 28, 28)
    """

    folder: ClassVar[str] = "mnist"
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://dataset.bj.bcebos.com/mnist/",
    )
    files: ClassVar[dict[str, Pinned]] = {
        "train-images": Pinned(
            "train-images-idx3-ubyte.gz", 9912422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        "train-labels": Pinned(
            "train-labels-idx1-ubyte.gz", 28881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        "test-images": Pinned(
            "t10k-images-idx3-ubyte.gz", 1648877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        "test-labels": Pinned(
            "t10k-labels-idx1-ubyte.gz", 4542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    }  # fmt: skip
    names: ClassVar[list[str]] = [str(digit) for digit in range(10)]

    def __init__(self, root: str | Path | None = None, train: bool = True,
                 transform: Transform | None = None, target_transform: Transform | None = None,
                 download: bool = True, *, progress: Progress | None = None) -> None:  # fmt: skip
        part = "train" if train else "test"
        paths = self._paths(part, None if root is None else Path(root), download, progress)
        images, labels = idx.read(paths[0], axes=3), idx.read(paths[1], axes=1)
        fitting = images.shape == (len(labels), 28, 28) and len(labels) > 0
        if not fitting or labels.max() >= len(self.names):
            reason = Word("images {images} and labels {labels} are no set of 28x28",
                          images=images.shape, labels=labels.shape)  # fmt: skip
            raise FileError("LL940", path=str(paths[0]), reason=reason)
        super().__init__(
            images,
            labels.astype(np.int64),
            classes=list(self.names),
            name=self.folder,
            transform=transform,
            target_transform=target_transform,
        )
        self.train = train

    @property
    def data(self) -> Tensor:
        """The images as a uint8 tensor (N, 28, 28), torchvision's name."""
        return fresh(self.inputs)

    def _paths(self, part: str, root: Path | None, download: bool, progress: Progress | None
               ) -> list[Path]:  # fmt: skip
        """The files of images and labels, from one folder that has both, or downloaded."""
        pinned = [self.files[f"{part}-images"], self.files[f"{part}-labels"]]
        places = [*self._below(root), *folders(self.folder)]
        for place in places:
            if all(found := [_in(place, file.name) for file in pinned]):
                return [path for path in found if path]
        if not download:
            rows = [Row("looked in", place) for place in places]
            raise FileError("LL941", rows=rows, name=type(self).__name__, file=pinned[0].name)
        keep = cache_dir() / self.folder if root is None else self._below(root)[-1]
        return [
            fetch(
                file.name,
                [mirror + file.name for mirror in self.mirrors],
                sha256=file.sha256,
                size=file.size,
                folder=keep,
                progress=progress,
            )
            for file in pinned
        ]

    def _below(self, root: Path | None) -> list[Path]:
        """Where files of a given root lie: there, in our folder, or in torchvision's."""
        if root is None:
            return []
        return [root, root / self.folder, root / type(self).__name__ / "raw"]


class FashionMNIST(MNIST):
    """Pictures of clothes in ten classes, of the same size and number as MNIST's digits.

    Example:
        >>> import liuli
        >>> liuli.data.FashionMNIST.names[:3]
        ['T-shirt/top', 'Trouser', 'Pullover']
    """

    folder = "fashion-mnist"
    mirrors = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://dataset.bj.bcebos.com/fashion_mnist/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    )
    files: ClassVar[dict[str, Pinned]] = {
        "train-images": Pinned(
            "train-images-idx3-ubyte.gz", 26421880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        "train-labels": Pinned(
            "train-labels-idx1-ubyte.gz", 29515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        "test-images": Pinned(
            "t10k-images-idx3-ubyte.gz", 4422102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        "test-labels": Pinned(
            "t10k-labels-idx1-ubyte.gz", 5148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    }  # fmt: skip
    names: ClassVar[list[str]] = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


def _in(folder: Path, name: str) -> Path | None:
    """The file in `folder`, gzipped or as torchvision leaves it, or None."""
    return next((p for p in (folder / name, folder / name[:-3]) if p.is_file()), None)
