"""Real digits drawn as pictures of every kind come back as MNIST had them."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from liuli.data.photo import Digit, read_digit
from liuli.errors import DataError, FileError

Picture = npt.NDArray[np.float64]
SIDE = 240


@pytest.fixture(autouse=True, scope="module")
def english() -> Iterator[None]:
    """Remarks are looked for in English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIULI_LANG", "en")
        yield


@pytest.fixture(scope="module")
def digits(data_dir: Path) -> npt.NDArray[np.uint8]:
    """One test image of MNIST for each class, without those of hair-thin lines."""
    folder = data_dir / "mnist"
    images = gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    return np.array(
        [
            np.frombuffer(images, np.uint8, 784, 784 * labels.index(bytes([k]))).reshape(28, 28)
            for k in range(10)
        ]
    )


def large(digit: npt.NDArray[np.uint8]) -> Picture:
    """Ink from 0 to 1: the digit drawn large, not in the middle, of 320 x 400 pixels."""
    drawn = Image.fromarray(digit).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    paper = np.zeros((320, 400))
    paper[30 : 30 + SIDE, 120 : 120 + SIDE] = np.asarray(drawn) / 255
    return paper


def dark(ink: Picture) -> Image.Image:
    """Black on white."""
    return Image.fromarray((255 * (1 - ink)).astype(np.uint8))


def photographed(ink: Picture) -> Image.Image:
    """Dark grey on paper that is lit from one side, with grain."""
    y, x = np.mgrid[0 : 1 : ink.shape[0] * 1j, 0 : 1 : ink.shape[1] * 1j]
    light = 120 + 100 * x * y - 20 * y
    grain = np.random.default_rng(0).normal(0, 6, ink.shape)
    return Image.fromarray(np.clip(light * (1 - 0.75 * ink) + grain, 0, 255).astype(np.uint8))


def on_clear(ink: Picture, shade: int) -> Image.Image:
    """A drawing of one shade without paper."""
    colour = np.full(ink.shape, shade)
    return Image.fromarray(np.stack([colour] * 3 + [255 * ink], -1).astype(np.uint8), "RGBA")


def palette(ink: Picture) -> Image.Image:
    """Blue on yellow, by palette."""
    yellow, blue = np.array([255, 230, 90]), np.array([20, 20, 160])
    mixed = yellow + ink[..., None] * (blue - yellow)
    return Image.fromarray(mixed.astype(np.uint8)).convert("P", palette=Image.Palette.ADAPTIVE)


KINDS: dict[str, tuple[str, Callable[[Picture], Image.Image]]] = {
    "dark on light": ("png", dark),
    "light on dark": ("png", lambda ink: dark(1 - ink)),
    "photograph": ("png", photographed),
    "jpeg": ("jpg", photographed),
    "chalk": ("png", lambda ink: Image.fromarray((40 + 150 * ink).astype(np.uint8))),
    "palette": ("png", palette),
    "gif": ("gif", palette),
    "colours": ("bmp", lambda ink: palette(ink).convert("RGB")),
    "black, transparent": ("png", lambda ink: on_clear(ink, 0)),
    "white, transparent": ("png", lambda ink: on_clear(ink, 255)),
    "grey, transparent": ("png", lambda ink: on_clear(ink, 60).convert("LA")),
    "16 bits": ("png", lambda ink: Image.fromarray((60000 * (1 - ink)).astype(np.uint16))),
    "32 bits": ("tiff", lambda ink: Image.fromarray((60000 * ink).astype(np.int32))),
    "fractions": ("tiff", lambda ink: Image.fromarray(ink.astype(np.float32))),
    "1 bit": ("png", lambda ink: Image.fromarray(ink < 0.5)),
    "cmyk": ("jpg", lambda ink: dark(ink).convert("CMYK")),
    "webp": ("webp", dark),
    "small": ("png", lambda ink: dark(ink).resize((80, 64), Image.Resampling.BOX)),
    "huge": ("jpg", lambda ink: dark(ink).resize((4000, 3200))),
}


def likeness(found: npt.NDArray[np.uint8], digit: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Correlation and mean absolute difference; the middle may differ by a pixel of rounding."""
    moves = [np.roll(found, (i, j), (0, 1)).astype(float) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return max(
        (float(np.corrcoef(m.ravel(), digit.ravel())[0, 1]), float(np.abs(m - digit).mean()))
        for m in moves
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture(digits: npt.NDArray[np.uint8], tmp_path: Path, kind: str) -> None:
    suffix, draw = KINDS[kind]
    path = tmp_path / f"digit.{suffix}"
    chosen = digits if kind == "photograph" else digits[[2, 5]]
    for digit in chosen:
        draw(large(digit)).save(path)
        found = read_digit(path)
        assert found.array.dtype == np.uint8 and found.array.max() == 255
        correlation, difference = likeness(found.array, digit)
        assert correlation > 0.9 and difference < 12, (found.as_text(), found.steps)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_by_exif(digits: npt.NDArray[np.uint8], tmp_path: Path, orientation: int) -> None:
    undone = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that EXIF undoes
    picture = dark(large(digits[4]))
    if orientation > 1:
        picture = picture.transpose(Image.Transpose(undone[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "photo.jpg", exif=exif)
    found = read_digit(tmp_path / "photo.jpg")
    assert likeness(found.array, digits[4])[0] > 0.9
    assert ("turned as the camera noted" in found.steps) == (orientation > 1)
    assert found.size == picture.size


def test_mnist_itself_is_unchanged(digits: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    for digit in digits:
        Image.fromarray(digit).save(tmp_path / "mnist.png")
        found = read_digit(tmp_path / "mnist.png")
        np.testing.assert_array_equal(found.array, digit)
        found.png(tmp_path / "again.png")
        np.testing.assert_array_equal(read_digit(tmp_path / "again.png").array, digit)


def test_as_mnist_was_made(digits: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    for digit in digits[:6]:
        dark(large(digit)).save(tmp_path / "a.png")
        found = read_digit(tmp_path / "a.png").array.astype(float)
        rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)
        y, x = np.indices(found.shape)
        assert abs((y * found).sum() / found.sum() - 14) <= 0.51
        assert abs((x * found).sum() / found.sum() - 14) <= 0.51


def test_largest_of_several(digits: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    ink = large(digits[3])
    ink[140:200, 10:70] = np.asarray(Image.fromarray(digits[7]).resize((60, 60))) / 255
    dark(ink).save(tmp_path / "a.png")
    found = read_digit(tmp_path / "a.png")
    assert likeness(found.array, digits[3])[0] > 0.9
    assert any("2 separate things" in step for step in found.steps)


def test_edge_of_the_table_is_left_out(digits: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    ink = large(digits[2])
    ink[:, :40] = 1.0
    dark(ink).save(tmp_path / "a.png")
    assert likeness(read_digit(tmp_path / "a.png").array, digits[2])[0] > 0.9


def test_parts_of_one_digit_stay_together(tmp_path: Path) -> None:
    ink = np.zeros((200, 200))
    ink[40:50, 80:130] = ink[60:150, 80:92] = 1.0  # the bar of a 5, apart from the rest
    dark(ink).save(tmp_path / "a.png")
    rows = read_digit(tmp_path / "a.png").array.any(axis=1)
    assert rows.sum() >= 18 and not rows[np.flatnonzero(rows)[0] : 27].all()


def test_as_text() -> None:
    array = np.zeros((28, 28), np.uint8)
    array[3, 4], array[5, 6] = 255, 128
    lines = Digit(array, [], size=(28, 28)).as_text().split("\n")
    assert len(lines) == 28 and lines[3] == " " * 8 + "@@" and lines[5] == " " * 12 + "=="


# --- pictures that cannot be read -----------------------------------------------------------------
def png_of_size(width: int, height: int) -> bytes:
    """The beginning of a PNG that promises so many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def as_png(picture: Image.Image) -> bytes:
    """A whole PNG file."""
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


BLANK = Image.new("L", (200, 200), 230)
GRAIN = np.random.default_rng(0).normal(200, 8, (300, 300))
NOISE = Image.fromarray(GRAIN.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "LL957", "empty"),
        (b"a,b\n1,2\n", "LL957", "no known kind"),
        (b"PK\x03\x04xl/", "LL957", "Excel"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 99, "LL957", "HEIC"),
        (b"\x89PNG\r\n\x1a\n", "LL957", "PNG picture, but is damaged"),
        (as_png(NOISE)[:5000], "LL957", "breaks off"),
        (png_of_size(0, 10), "LL957", ""),
        (png_of_size(11_000, 11_000), "LL949", "121,000,000 pixels"),
        (png_of_size(60_000, 60_000), "LL949", "3,600,000,000 pixels"),
        (as_png(BLANK), "LL959", "200 x 200"),
        (as_png(NOISE), "LL959", "300 x 300"),
        (as_png(Image.new("RGBA", (50, 50))), "LL959", "50 x 50"),
        (as_png(Image.new("1", (1, 1))), "LL959", "1 x 1"),
    ],
)
def test_bad_pictures(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_digit(path)
    assert caught.value.code == code and words in str(caught.value)


def test_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(FileError, match="LL945"):
            read_digit(path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="LL956"):
        Digit(np.zeros((28, 28), np.uint8), [], size=(1, 1)).png(tmp_path / "folder")


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 400), (500, 1), (3, 7), (28, 28)])
def test_small_and_narrow_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    """Whatever the size: a digit or a message."""
    for seed in range(5):
        values = np.random.default_rng(seed).integers(0, 256, size[::-1], np.uint8)
        Image.fromarray(values).save(tmp_path / "a.png")
        try:
            assert read_digit(tmp_path / "a.png").array.shape == (28, 28)
        except DataError as error:
            assert error.code == "LL959"
