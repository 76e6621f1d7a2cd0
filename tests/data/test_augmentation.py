"""Transforms drawn at random: torchvision's numbers, exact motions, how often what comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import liuli
from liuli.compiler.machine import available
from liuli.data import Arrays
from liuli.data import transforms as T
from liuli.data.geometry import Motion, cos_sin, moved
from liuli.data.inside import inside
from liuli.errors import DataError
from tests.golden import make_transforms as golden

Array = np.ndarray[Any, Any]
GOLDEN = dict(np.load(golden.GOLDEN))


def picture(dtype: str = "float32") -> Any:
    return liuli.tensor(golden.picture(dtype))


def double(value: float) -> Any:
    return liuli.tensor([float(value)], dtype=liuli.float64)


def close(found: Any, wanted: Array) -> bool:
    """Equal but for rounding: of bytes, by one step in at most a pixel of a hundred."""
    a = found.numpy()
    if a.shape != wanted.shape or a.dtype != wanted.dtype:
        return False
    if a.dtype == np.uint8:
        away = abs(a.astype(int) - wanted)
        return bool(away.max() <= 1 and (away > 0).mean() <= 0.01)
    return bool(np.allclose(a, wanted, rtol=0, atol=4e-6))


# --- torchvision's numbers ------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("name", golden.MOTIONS)
def test_affine(name: str, dtype: str) -> None:
    options = {"angle": 0.0, "translate": (0, 0), "scale": 1.0, "shear": (0.0, 0.0), "fill": [0.0],
               **golden.MOTIONS[name]}  # fmt: skip
    x, y = options.get("center", (3.5, 3.0))
    motion = Motion(double(options["angle"]), *options["translate"], options["scale"],
                    *map(double, options["shear"]), center=(x - 3.5, y - 3.0))  # fmt: skip
    smooth = options.get("interpolation") == "bilinear"
    found = moved(picture(dtype)[None], motion, smooth=smooth, fill=options["fill"])[0]
    assert close(found, GOLDEN[f"{dtype} affine {name}"])


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("name", golden.TURNS)
def test_rotation(name: str, dtype: str) -> None:
    options = dict(golden.TURNS[name])
    angle = options.pop("angle")
    found = T.RandomRotation((angle, angle), **options)(picture(dtype))
    assert close(found, GOLDEN[f"{dtype} rotate {name}"])


@pytest.mark.parametrize("name", golden.PADDINGS)
def test_padding(name: str) -> None:
    """A crop as large as the padded picture is that picture."""
    wanted = GOLDEN[f"pad {name}"]
    found = T.RandomCrop(wanted.shape[1:], **golden.PADDINGS[name])(picture())
    assert (found.numpy() == wanted).all()


def test_affine_without_chance_is_affine() -> None:
    """Ranges of no width: the class gives its numbers to the right places."""
    still = T.RandomAffine((41, 41), scale=(0.8, 0.8), shear=(12, 12, 7, 7), center=(4, 2),
                           interpolation=T.InterpolationMode.BILINEAR, fill=-1)  # fmt: skip
    motion = Motion(double(41), 0, 0, 0.8, double(12), double(7), (0.5, -1.0))
    wanted = moved(picture()[None], motion, smooth=True, fill=-1)
    assert (still(picture()).numpy() == wanted[0].numpy()).all()


# --- exact ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [5, 6])
def test_quarter_turns_are_exact(mode: str, size: int) -> None:
    x = np.random.default_rng(1).random((2, 3, size, size)).astype(np.float32)
    for quarters in range(-4, 5):
        angle = 90 * quarters
        turned = T.RandomRotation((angle, angle), mode).batch(x)
        assert (turned == np.rot90(x, quarters, axes=(2, 3))).all()
        clockwise = T.RandomAffine((angle, angle), interpolation=mode).batch(x)
        assert (clockwise == np.rot90(x, -quarters, axes=(2, 3))).all()


@pytest.mark.parametrize(
    "transform",
    [
        T.RandomAffine(0),
        T.RandomAffine(0, (0, 0), (1, 1), 0, T.InterpolationMode.BILINEAR),
        T.RandomRotation(0),
        T.RandomCrop((6, 7)),
        T.RandomShift(0),
        T.RandomHorizontalFlip(0),
        T.RandomVerticalFlip(0),
    ],
    ids=str,
)
def test_nothing_drawn_changes_nothing(transform: Any) -> None:
    for dtype in ("float32", "float64", "uint8"):
        x = golden.picture(dtype)
        assert (transform(x) == x).all() and transform(x).dtype == x.dtype


def test_whole_translations_are_exact() -> None:
    """Nothing between pixels is mixed; what comes in is `fill`."""
    x = np.random.default_rng(2).random((200, 1, 6, 7)).astype(np.float32) + 1
    for mode in ("nearest", "bilinear"):
        out = T.RandomAffine(0, (0.3, 0.34), interpolation=mode).batch(x)
        seen = set()
        for before, after in zip(x[:, 0], out[:, 0], strict=True):
            ways = [(i, j) for i in range(-2, 3) for j in range(-2, 3)
                    if (rolled(before, i, j) == after).all()]  # fmt: skip
            assert len(ways) == 1
            seen.add(ways[0])
        assert len(seen) == 25


def rolled(x: Array, down: int, across: int) -> Array:
    framed = np.pad(x, 2)
    return framed[2 - down : 2 - down + x.shape[0], 2 - across : 2 - across + x.shape[1]]


def test_flips() -> None:
    x = golden.picture()
    assert (T.RandomHorizontalFlip(1)(x) == x[:, :, ::-1]).all()
    assert (T.RandomVerticalFlip(1)(x) == x[:, ::-1]).all()


def test_cos_sin() -> None:
    degrees = np.linspace(-720, 720, 4321)
    cos, sin = (each.numpy() for each in cos_sin(liuli.tensor(degrees)))
    assert abs(cos - np.cos(np.radians(degrees))).max() < 4e-15
    assert abs(sin - np.sin(np.radians(degrees))).max() < 4e-15
    assert set(cos[::270].tolist()) == {0.0, 1.0, -1.0}


# --- how often ------------------------------------------------------------------------------------
def test_flips_come_as_often_as_wanted() -> None:
    x = np.tile(np.float32([0, 1]), (4000, 1, 1))
    flipped = T.RandomHorizontalFlip(0.3).batch(x)[:, 0, 0].mean()
    assert abs(flipped - 0.3) < 5 * (0.21 / 4000) ** 0.5


def test_every_crop_comes_as_often() -> None:
    """6 places down, 4 across; 12,000 images tell by their first pixel."""
    x = np.broadcast_to(np.arange(35).reshape(1, 7, 5), (12000, 7, 5))
    found = np.bincount(T.RandomCrop(2).batch(x)[:, 0, 0], minlength=35).reshape(7, 5)
    assert found[6].sum() == found[:, 4].sum() == 0
    assert abs(found[:6, :4] - 500).max() < 5 * 500**0.5


def test_affine_draws_fill_their_ranges() -> None:
    """Uniform: mean and spread of each number, and no two depend on each other."""
    way = T.RandomAffine((-10, 30), (0.5, 0.25), (0.5, 2.0), (-4, 4, 0, 8))
    motion = way.motion(liuli.rand(5000, 8), 28, 28)
    fields = (motion.angle, motion.across, motion.down, motion.scale, motion.shear_x,
              motion.shear_y)  # fmt: skip
    found = np.stack([each.numpy() for each in fields])
    low, high = (np.array(edge) for edge in ([-10, -14, -7, 0.5, -4, 0], [30, 14, 7, 2, 4, 8]))
    assert (found.min(1) >= low).all() and (found.max(1) <= high).all()
    spread = (high - low) / 12**0.5
    assert (abs(found.mean(1) - (low + high) / 2) < 5 * spread / 5000**0.5).all()
    assert (abs(found.std(1) / spread - 1) < 0.08).all()
    assert (abs(np.corrcoef(found) - np.eye(6)) < 0.08).all()
    assert (found[1:3] == found[1:3].round()).all()  # whole pixels


# --- items, batches, compiled ---------------------------------------------------------------------
WAYS: dict[str, Callable[[], Any]] = {
    "affine": lambda: T.RandomAffine(20, (0.2, 0.1), (0.8, 1.2), 10),
    "affine, bilinear": lambda: T.RandomAffine(20, (0.2, 0.1), (0.8, 1.2), (5, 9, 1, 3), 2, 7),
    "rotation": lambda: T.RandomRotation(45, center=(1, 2), fill=3),
    "crop": lambda: T.RandomCrop((3, 4), padding=(1, 2)),
    "reflected crop": lambda: T.RandomCrop(4, 2, padding_mode="reflect"),
    "padded crop": lambda: T.RandomCrop((9, 8), pad_if_needed=True, fill=1),
    "shift": lambda: T.RandomShift(2),
    "horizontal": T.RandomHorizontalFlip,
    "vertical": T.RandomVerticalFlip,
}


@pytest.mark.parametrize("name", WAYS)
@settings(max_examples=5)
@given(count=st.integers(1, 5), channels=st.sampled_from([(), (1,), (3,)]), seed=st.integers(0, 99),
       dtype=st.sampled_from(["uint8", "float32", "float64"]))  # fmt: skip
def test_batch_equals_items(
    name: str, count: int, channels: tuple[int, ...], seed: int, dtype: str
) -> None:
    x = np.random.default_rng(seed).integers(0, 256, (count, *channels, 6, 7)).astype(dtype)
    way = WAYS[name]()
    liuli.manual_seed(seed)
    whole = way.batch(x)
    liuli.manual_seed(seed)
    single = np.stack([way(item) for item in x])
    assert whole.dtype == single.dtype == x.dtype and (whole == single).all()
    liuli.manual_seed(seed)
    assert (way.batch(liuli.tensor(x)).numpy() == whole).all()


STEPS = [*((name, (), True) for name in WAYS), ("horizontal", (3,), False),
         ("affine, bilinear", (3,), True), ("affine, bilinear", (), False),
         ("crop", (), False)]  # fmt: skip


@pytest.mark.parametrize(("name", "colours", "floats"), STEPS)
def test_inside_a_compiled_step(name: str, colours: tuple[int, ...], floats: bool) -> None:
    """A batch from memory is the loader's, bit for bit; so is that of a program."""
    x = np.random.default_rng(3).integers(0, 256, (12, 6, 7, *colours)).astype(np.uint8)
    parts = [T.Compose([T.ToTensor()]), WAYS[name]()] if floats else [WAYS[name](), T.ToTensor()]
    data = Arrays(x, np.arange(12), transform=T.Compose(parts))
    kept, rows = inside(data), np.array([4, 0, 4, 11])
    by_rows = data.by_rows()
    assert kept is not None and by_rows is not None
    liuli.manual_seed(1)
    wanted = [by_rows(rows)[0].numpy() for _ in range(5)]
    assert any((each != wanted[0]).any() for each in wanted)
    step = liuli.compile(lambda rows: kept(rows)[0], strict=available())
    liuli.manual_seed(1)
    for each in wanted:
        assert (step(liuli.tensor(rows)).numpy() == each).all()
    assert step.fallen is None or not available()


@pytest.mark.parametrize("name", WAYS)
def test_arrays_may_have_their_colours_last(name: str) -> None:
    """As pictures come from files: before ToTensor is as good as after it."""
    x = np.random.default_rng(3).integers(0, 256, (5, 6, 7, 3)).astype(np.uint8)
    found = []
    for last in (True, False):
        liuli.manual_seed(4)
        given = x if last else np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        found.append(WAYS[name]().batch(given if last else liuli.tensor(given)))
    assert (found[0].transpose(0, 3, 1, 2) == found[1].numpy()).all()
    liuli.manual_seed(4)
    pictures = [Image.fromarray(each) for each in x]
    assert (np.stack([WAYS[name]()(each) for each in pictures]) == found[0]).all()


def test_results_of_several_sizes_go_one_by_one() -> None:
    way = T.RandomRotation(45, expand=True)
    assert T.batch_form(way) is None
    data = Arrays(np.ones((4, 6, 7), np.uint8), np.arange(4), transform=way)
    assert data.by_rows() is None and inside(data) is None
    assert max(data[i][0].shape[0] for i in range(4)) > 6


# --- words ----------------------------------------------------------------------------------------
def test_repr_is_torchvision_s() -> None:
    way = T.RandomAffine(10, (0.1, 0.1), interpolation=2, fill=3)
    wanted = "RandomAffine(degrees=[-10.0, 10.0], translate=(0.1, 0.1), interpolation=bilinear, "
    assert repr(way) == wanted + "fill=3)"
    turn = "RandomRotation(degrees=[-10.0, 10.0], interpolation=nearest, expand=False, fill=0)"
    assert repr(T.RandomRotation(10)) == turn
    assert repr(T.RandomCrop(28, 4)) == "RandomCrop(size=(28, 28), padding=4)"
    assert repr(T.RandomVerticalFlip()) == "RandomVerticalFlip(p=0.5)"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: T.RandomAffine(-1),
        lambda: T.RandomAffine((1, 2, 3)),
        lambda: T.RandomAffine("10"),
        lambda: T.RandomAffine(float("nan")),
        lambda: T.RandomAffine(0, 0.1),
        lambda: T.RandomAffine(0, (0.1, 1.5)),
        lambda: T.RandomAffine(0, scale=(0, 1)),
        lambda: T.RandomAffine(0, shear=(1, 2, 3)),
        lambda: T.RandomAffine(0, interpolation="bicubic"),
        lambda: T.RandomAffine(0, interpolation=3),
        lambda: T.RandomAffine(0, fill="white"),
        lambda: T.RandomAffine(0, center=1),
        lambda: T.RandomRotation(10, center=(1, 2, 3)),
        lambda: T.RandomCrop(0),
        lambda: T.RandomCrop(2.5),
        lambda: T.RandomCrop(2, padding=(1, 2, 3)),
        lambda: T.RandomCrop(2, padding_mode="mirror"),
        lambda: T.RandomCrop(9)(picture()),
        lambda: T.RandomCrop(9, 6, padding_mode="reflect")(picture()),
        lambda: T.RandomHorizontalFlip(1.5),
        lambda: T.RandomVerticalFlip("yes"),  # type: ignore[arg-type]
        lambda: T.RandomRotation(3)(np.ones(3)),
    ],
)
def test_wrong_arguments(wrong: Callable[[], Any]) -> None:
    with pytest.raises(DataError, match="LL943"):
        wrong()
