"""Rooms begin on a cache line; addresses are those that NumPy tells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import liuli
from liuli.memory import LINE, SMALL, address_of, room


@given(st.integers(0, 2000), st.integers(1, 5), st.sampled_from(["float32", "float64", "uint8"]))
def test_a_room_is_an_array_of_its_shape(count: int, rows: int, dtype: str) -> None:
    made = room((rows, count), dtype)
    assert made.shape == (rows, count)
    assert made.dtype == dtype
    assert made.flags.c_contiguous
    assert made.flags.writeable
    assert made.nbytes < SMALL or address_of(made) % LINE == 0


def test_addresses_are_numpys() -> None:
    whole = np.arange(100.0)
    for array in (
        whole,
        whole[7:],
        whole[::-2],
        whole.reshape(10, 10)[3:, 4:].T,
        room((50,), "i8"),
    ):
        assert address_of(array) == array.ctypes.data


def test_rooms_do_not_meet() -> None:
    rooms = [room((300,), "float32") for _ in range(20)]
    for i, array in enumerate(rooms):
        array.fill(i)
    assert all((array == i).all() for i, array in enumerate(rooms))


@pytest.mark.parametrize("made", [
    lambda: liuli.zeros(64, 64), lambda: liuli.nn.Linear(64, 64).weight,
    lambda: liuli.zeros(64, 64)[liuli.arange(60)],
])  # fmt: skip
def test_what_is_read_at_every_step_begins_on_a_line(made: object) -> None:
    assert address_of(made()._array) % LINE == 0  # type: ignore[operator]


def test_state_of_optimizers_begins_on_a_line() -> None:
    w = liuli.ones(64, 64, requires_grad=True)
    optimizer = liuli.optim.Adam([w])
    w.sum().backward()
    optimizer.step()
    arrays = [x._array for x in optimizer.state[w].values() if x.ndim]
    assert arrays
    assert all(address_of(array) % LINE == 0 for array in arrays)
