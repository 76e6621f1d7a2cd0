"""Files: what is written is read again, what is damaged is refused, what fails leaves the old."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import pickle
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from liuli import files
from liuli.errors import FileError
from tests.golden import make_files

ARRAYS = {
    "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "../../etc/passwd": np.array([True, False, True]),
    "层.偏置": np.array(7, np.int64),
    "empty": np.zeros((0, 4), np.uint8),
}
META = {"epoch": 3, "loss": [0.5, None, True, "文"], "nested": {"a": {}}}


def equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """The same names in the same order, dtypes, shapes and bytes."""
    return list(a) == list(b) and all(
        x.dtype == y.dtype.newbyteorder("=") and x.shape == y.shape
        and x.tobytes() == np.asarray(y).astype(x.dtype).tobytes()
        for x, y in zip(a.values(), b.values(), strict=True)
    )  # fmt: skip


def craft(path: Path, header: Any, data: bytes = b"", *, length: int | None = None) -> Path:
    """A safetensors file by hand: the header as text or as what JSON makes of it."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    size = len(text) if length is None else length
    path.write_bytes(size.to_bytes(8, "little") + text + data)
    return path


def code_of(path: Path) -> str:
    """The code of the error that reading the file raises."""
    with pytest.raises(FileError) as caught:
        files.read_arrays(path)
    assert path.name in str(caught.value).splitlines()[0]
    return caught.value.code


# --- there and back -------------------------------------------------------------------------------
def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    files.write_arrays(path, ARRAYS, META)
    arrays, meta = files.read_arrays(path)
    assert equal(arrays, ARRAYS) and meta == META
    assert all(array.flags.writeable for array in arrays.values())
    arrays["weight"][0, 0] = 5.0  # memory of its own


KINDS = st.sampled_from([*(name for name in files.CODES if name != "bfloat16")])


@given(st.data())
def test_every_dtype_shape_and_layout(data: Any) -> None:
    dtype = np.dtype(data.draw(KINDS)).newbyteorder(data.draw(st.sampled_from("<>")))
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    array = data.draw(hnp.arrays(dtype, shape))
    for look in (array, array.T, array[..., ::-1] if array.ndim else array, array.copy("F")):
        stream = io.BytesIO(b"".join(files.encoded({"x": look}, None, "x")))
        assert equal(files.read_stream(stream, "x")[0], {"x": look})


def test_bfloat16(tmp_path: Path) -> None:
    array = np.array([1.5, -2, np.inf, 3e38], ml_dtypes.bfloat16)
    files.write_arrays(tmp_path / "x", {"x": array})
    found = files.read_arrays(tmp_path / "x")[0]["x"]
    assert found.dtype == array.dtype and found.tobytes() == array.tobytes()


def test_other_tools_read_ours(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    files.write_arrays(path, ARRAYS, META)
    found = safetensors.numpy.load_file(path)
    assert equal(dict(sorted(found.items())), dict(sorted(ARRAYS.items())))
    with safetensors.safe_open(path, "np") as opened:
        metadata = opened.metadata()
    assert json.loads(metadata["liuli"]) == {"version": [1, 0], "meta": META}
    assert metadata["format"] == "pt" and len(metadata["sha256"]) == 64


def test_we_read_other_tools(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    safetensors.numpy.save_file(ARRAYS, path, {"format": "np"})
    arrays, meta = files.read_arrays(path)
    assert meta is None and equal(dict(sorted(arrays.items())), dict(sorted(ARRAYS.items())))


def test_numbers_that_json_has_no_word_for() -> None:
    stream = io.BytesIO(b"".join(files.encoded({}, [float("nan"), float("-inf")], "x")))
    found = files.read_stream(stream, "x")[1]
    assert np.isnan(found[0]) and found[1] == -np.inf


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    files.write_text_atomic(path, "一\n")
    files.write_text_atomic(path, "二\n")
    assert path.read_bytes() == "二\n".encode() and os.listdir(tmp_path) == ["results.json"]


def test_the_previous_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for epoch in range(3):
        files.write_arrays(path, {}, epoch, keep_previous=True)
    assert files.read_arrays(path)[1] == 2
    assert files.read_arrays(tmp_path / "x.safetensors.previous")[1] == 1
    assert len(os.listdir(tmp_path)) == 2


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "link"
    try:
        path.symlink_to(tmp_path / "folder" / "x")
    except OSError:
        pytest.skip("links need a right here")
    files.write_arrays(path, {}, 1)
    assert path.is_symlink() and os.listdir(tmp_path / "folder") == ["x"]


def test_a_golden_file_of_version_1() -> None:
    arrays, meta = files.read_arrays(make_files.FOLDER / "arrays-1.safetensors")
    assert equal(arrays, make_files.arrays()) and meta == make_files.META


# --- what is no such file -------------------------------------------------------------------------
def zipped(name: str) -> bytes:
    """A ZIP with one file of that name."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(name, "x")
    return memory.getvalue()


def saved(function: Callable[..., None]) -> bytes:
    """What a function of NumPy's writes."""
    memory = io.BytesIO()
    function(memory, np.zeros(2))
    return memory.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("archive/data.pkl"), "PyTorch (.pt)"),
        (zipped("config.json"), "ZIP"),
        (pickle.dumps({"a": 1}), "pickle (.pkl, .pt)"),
        (pickle.dumps([1], 2), "pickle (.pkl, .pt)"),
        (saved(np.save), "NumPy .npy"),
        (saved(np.savez), "NumPy .npz"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "HDF5 (.h5)"),
        (b"\x1f\x8b\x08\x00" + bytes(40), "gzip (.gz)"),
        (b"  <!DOCTYPE html><html>404", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b'{"a": 1, "b": 2}', "text"),
        (b"GGUF\x03\x00\x00\x00", "GGUF"),
        (b"\xff\x00\x01", "binary (ff 00 01)"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_other_kinds_are_named(content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"LL905.*model\.safetensors") as caught:
        files.read_arrays(path)
    assert caught.value.facts["kind"] == kind


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert code_of(tmp_path / "model.safetensors") == "LL904"
    assert code_of(tmp_path) == "LL902"
    assert code_of(tmp_path / "modle.safetensors") == "LL901"
    assert code_of(tmp_path / "none" / "x") == "LL901"
    assert code_of(tmp_path / "model.safetensors" / "x") == "LL901"
    with pytest.raises(FileError, match=r"try .*model\.safetensors\n?"):
        files.read_arrays(tmp_path / "modle.safetensors")
    with pytest.raises(FileError, match=r"try .*model\.safetensors\n?"):
        files.read_arrays(tmp_path / "model")  # the ending forgotten
    with pytest.raises(FileError, match="LL903"):
        files.read_arrays("a\0b")
    with pytest.raises(OSError):
        files.read_arrays(tmp_path / "modle.safetensors")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this system's folders")
def test_a_pipe_does_not_keep_us_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path / "pipe") == "LL905"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x")

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert code_of(tmp_path / "x") == "LL903"


# --- what somebody made up ------------------------------------------------------------------------
def entry(begin: int, end: int, shape: Any = (2,), dtype: Any = "F32") -> dict[str, Any]:
    """What a header says of one array."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


TWICE = '{"a": %s, "a": %s}' % ((json.dumps(entry(0, 8)),) * 2)


@pytest.mark.parametrize(
    ("code", "header", "data"),
    [
        ("LL907", {"a": entry(0, 8)}, bytes(12)),
        ("LL907", {"a": entry(0, 8)}, bytes(4)),
        ("LL911", {"a": entry(0, 8, (3,))}, bytes(8)),
        ("LL911", {"a": entry(8, 0)}, bytes(8)),
        ("LL914", {"a": entry(0, 8, (2**31, 2**31))}, bytes(8)),
        ("LL907", {"a": entry(0, 2**42, (2**40,))}, bytes(8)),
        ("LL913", {"a": entry(0, 8), "b": entry(4, 12)}, bytes(12)),
        ("LL913", {"a": entry(0, 8), "b": entry(0, 8)}, bytes(8)),
        ("LL913", {"a": entry(0, 8), "b": entry(12, 20)}, bytes(20)),
        ("LL913", {"a": entry(4, 12)}, bytes(12)),
        ("LL909", TWICE, bytes(8)),
        ("LL909", '{"a"}', b""),
        ("LL909", "{} {}", b""),
        ("LL909", {"__metadata__": {"liuli": 1}}, b""),
        ("LL909", {"__metadata__": []}, b""),
        ("LL909", '{"a": ' + "9" * 10_000 + "}", b""),
        ("LL928", '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", b""),
        ("LL928", '{"a": ' + '{"a": ' * 5_000, b""),
        ("LL928", '{"a": [' + "1," * 1_100_000 + "1]}", b""),
        ("LL928", '{"a": ' + '""' * 1_100_000, b""),
        ("LL914", {"a": 5}, b""),
        ("LL914", {"a": {"dtype": "F32"}}, b""),
        ("LL914", {"a": entry(0, 8) | {"more": 1}}, bytes(8)),
        ("LL914", {"a": entry(-8, 0)}, b""),
        ("LL914", {"a": entry(0, 8, (-2,))}, bytes(8)),
        ("LL914", {"a": entry(0, 8, (2.0,))}, bytes(8)),
        ("LL914", {"a": entry(0, 8, (True,))}, bytes(8)),
        ("LL914", {"a": entry(0, 8, [1] * 65)}, bytes(8)),
        ("LL914", {"a": entry(0, 0, (0, 2**40, 2**40))}, b""),
        ("LL914", {"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4, 4]}}, bytes(4)),
        ("LL910", {"a": entry(0, 8, dtype="F8_E4M3")}, bytes(8)),
        ("LL910", {"a": entry(0, 8, dtype="object")}, bytes(8)),
        ("LL916", {"a\0b": entry(0, 8)}, bytes(8)),
        ("LL916", {"a" * 1001: entry(0, 8)}, bytes(8)),
        ("LL918", {"a": entry(0, 2, dtype="BOOL")}, b"\x01\x02"),
        ("LL915", {"__metadata__": {"liuli": "{}"}}, b""),
        ("LL915", {"__metadata__": {"sha256": "0" * 64}}, b""),
        ("LL915", {"__metadata__": {"liuli": "{}", "sha256": "a"}}, b""),
    ],
    ids=lambda x: x if isinstance(x, str) and x[:2] == "LL" else "",
)
def test_made_up_files(code: str, header: Any, data: bytes, tmp_path: Path) -> None:
    assert code_of(craft(tmp_path / "x.safetensors", header, data)) == code


def test_many_names_and_one_twice(tmp_path: Path) -> None:
    """Finding it takes no quadratic time."""
    text = "{" + ",".join(f'"{i}": 0' for i in [*range(100_000), 99_999]) + "}"
    with pytest.raises(FileError, match=r"LL909.*'99999' stands there twice"):
        files.read_arrays(craft(tmp_path / "x", text))


def test_a_header_of_10_gigabytes(tmp_path: Path) -> None:
    for length in (10 * 2**30, 2**64 - 1, 3):
        path = craft(tmp_path / "x", {"a": entry(0, 8)}, bytes(8), length=length)
        assert code_of(path) == ("LL909" if length == 3 else "LL908")
    path.write_bytes(b'\xff\xff\xff\x01\0\0\0\0{"' + bytes(40 * 2**20))
    assert code_of(path) == "LL908"  # in the file, and yet more than a header needs


def with_text(text: str) -> bytes:
    """A file whose sum is right and whose own text is anything."""
    header = {"__metadata__": {"liuli": text, "sha256": files.ZEROS}}
    raw = json.dumps(header).encode()
    raw = len(raw).to_bytes(8, "little") + raw
    return raw.replace(files.ZEROS.encode(), hashlib.sha256(raw).hexdigest().encode())


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("LL906", "5"),
        ("LL906", "{}"),
        ("LL906", '{"meta": 1}'),
        ("LL906", '{"meta": 1, "version": ["1", 0]}'),
        ("LL906", '{"meta": 1, "version": 1}'),
        ("LL917", '{"meta": 1, "version": [2, 0]}'),
        ("LL909", '{"meta": 1, "meta": 2, "version": [1, 0]}'),
        ("LL909", ""),
        ("LL928", "[" * 500 + "]" * 500),
    ],
)
def test_texts_that_make_no_sense(code: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(with_text(text))
    assert code_of(path) == code


def test_a_newer_minor_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(with_text('{"meta": 4, "version": [1, 9], "new": 0}'))
    assert files.read_arrays(tmp_path / "x") == ({}, 4)


WHOLE = b"".join(files.encoded(ARRAYS, META, "x"))


def read(content: bytes) -> Any:
    """The arrays and the plain value, or None where the file is refused."""
    try:
        return files.read_stream(io.BytesIO(content), "x")
    except FileError:
        return None


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(1, 255)), min_size=1,
                max_size=4, unique_by=lambda pair: pair[0]))  # fmt: skip
def test_fuzz_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, mask in flips:
        content[place] ^= mask
    assert read(bytes(content)) is None


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 40), st.binary(max_size=40))
def test_fuzz_cut_and_stuffed(place: int, count: int, stuff: bytes) -> None:
    content = WHOLE[:place] + stuff + WHOLE[place + count :]
    assert content == WHOLE or read(content) is None


def test_every_single_cut_is_found() -> None:
    assert not any(read(WHOLE[:n]) for n in range(len(WHOLE)))


HEADERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["F32", "BOOL", "data_offsets"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["dtype", "shape", "data_offsets", "a", "__metadata__", "liuli"]), inner
    ),
)  # fmt: skip


@settings(max_examples=150)
@given(HEADERS, st.binary(max_size=16))
def test_fuzz_headers(header: Any, data: bytes) -> None:
    text = json.dumps(header).encode()
    read(len(text).to_bytes(8, "little") + text + data)  # no other exception


def test_memory_is_bounded_by_the_file(tmp_path: Path) -> None:
    """Whatever a small file says, little memory is asked for."""
    cases = [
        craft(tmp_path / "a", {"a": entry(0, 2**42, (2**40,))}),
        craft(tmp_path / "b", {"a": entry(0, 0, (0, 2**31))}),
        craft(tmp_path / "c", "{", length=10 * 2**30),
        craft(tmp_path / "d", '{"a": ' + "[" * 50_000),
    ]
    tracemalloc.start()
    try:
        for path in cases:
            read(path.read_bytes())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * 2**20


WORST = {
    "lists": '{"a": [' + "[]," * 490_000 + "1]}",
    "objects": "{" + ",".join(f'"{i:06x}": {{}}' for i in range(330_000)) + "}",
    "strings": '{"a": ' + '""' * 990_000 + "}",
    "depth": '{"a": ' + "[" * 15_000_000 + "}",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_memory_of_a_header_is_bounded(text: str) -> None:
    content = len(text).to_bytes(8, "little") + text.encode()
    tracemalloc.start()
    try:
        assert read(content) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 128 * 2**20


def test_memory_of_a_large_file(tmp_path: Path) -> None:
    path, size = tmp_path / "x", 8 * 2**20
    files.write_arrays(path, {"x": np.zeros(size, np.uint8)})
    tracemalloc.start()
    try:
        files.read_arrays(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size + 2**20


# --- when the disk fails --------------------------------------------------------------------------
CALLS = ("create", "write", "fsync", "link", "rename", "remove")
ERRORS = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS, errno.ENAMETOOLONG)


class Failing:
    """Makes one call of files.System fail, the `when`-th of all, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, when: int, number: int) -> None:
        self.when, self.number, self.count, self.failed = when, number, 0, ""
        for name in CALLS:
            monkeypatch.setattr(files.System, name, staticmethod(self.around(name)))

    def around(self, name: str) -> Callable[..., Any]:
        real = getattr(files.System, name)

        def call(*args: Any) -> Any:
            self.count += 1
            if self.count - 1 == self.when:
                self.failed = name
                if name == "write":
                    real(args[0], memoryview(args[1])[: len(args[1]) // 2])  # the disk is full now
                raise OSError(self.number, os.strerror(self.number))
            return real(*args)

        return call


@pytest.mark.parametrize("keep", [False, True], ids=["alone", "previous"])
@pytest.mark.parametrize("number", ERRORS, ids=lambda n: errno.errorcode[n])
def test_every_call_fails_in_turn(
    number: int, keep: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each failure the old file or the new one is there, whole, and nothing beside it."""
    path, failed = tmp_path / "x", set()
    for when in range(100):
        files.write_arrays(path, ARRAYS, "old")
        with monkeypatch.context() as patch:
            failing = Failing(patch, when, number)
            try:
                files.write_arrays(path, ARRAYS, "new", keep_previous=keep)
                raised = False
            except FileError as error:
                raised = True
                assert error.code in ("LL920", "LL921", "LL922")
        arrays, meta = files.read_arrays(path)
        assert equal(arrays, ARRAYS)
        assert meta == "new" or raised
        assert meta == "old" or not raised or failing.failed == "fsync"  # that of the folder
        names = set(os.listdir(tmp_path)) - {"x", "x.previous"}
        assert not names or failing.failed == "remove"
        for name in names:
            (tmp_path / name).unlink()
        failed.add(failing.failed)
        if not failing.failed:
            break
    assert failed >= {"create", "write", "fsync", "rename", ""} | ({"link"} if keep else set())


def test_short_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system may write fewer bytes than it was given."""
    real = files.System.write
    monkeypatch.setattr(
        files.System, "write", staticmethod(lambda file, data: real(file, memoryview(data)[:7]))
    )
    files.write_arrays(tmp_path / "x", ARRAYS, META)
    assert files.read_arrays(tmp_path / "x")[1] == META


def test_windows_refuses_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, a virus scanner may hold the file: tried again, and not for ever."""
    real, refusals = files.System.rename, [2]

    def rename(source: Path, target: Path) -> None:
        if refusals[0]:
            refusals[0] -= 1
            raise PermissionError(errno.EACCES, "Access is denied")
        real(source, target)

    pauses: list[float] = []
    monkeypatch.setattr(files.System, "windows", True)
    monkeypatch.setattr(files.System, "rename", staticmethod(rename))
    monkeypatch.setattr(files.System, "pause", staticmethod(pauses.append))
    files.write_arrays(tmp_path / "x", {}, 1)
    assert len(pauses) == 2 and files.read_arrays(tmp_path / "x")[1] == 1
    refusals[0] = 99
    with pytest.raises(FileError, match="LL921"):
        files.write_arrays(tmp_path / "x", {}, 2)
    assert files.read_arrays(tmp_path / "x")[1] == 1 and os.listdir(tmp_path) == ["x"]


def test_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle leaves the old file and nothing beside it."""
    files.write_arrays(tmp_path / "x", {}, "old")

    def interrupted(*args: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.System, "write", staticmethod(interrupted))
    with pytest.raises(KeyboardInterrupt):
        files.write_arrays(tmp_path / "x", {}, "new")
    assert files.read_arrays(tmp_path / "x")[1] == "old" and os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("name", "code"), [("none/x", "LL919"), (".", "LL902"), ("n" * 300, "LL922"), ("a\0", "LL922")]
)
def test_where_nothing_can_be_written(name: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=code):
        files.write_arrays(tmp_path / name, {})
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write anywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(FileError, match="LL921"):
        files.write_arrays(tmp_path / "x", {})


@pytest.mark.parametrize(
    ("arrays", "meta", "code"),
    [
        ({"x": np.zeros(2, np.complex64)}, None, "LL923"),
        ({"x": np.array(["a"])}, None, "LL923"),
        ({"a\0b": np.zeros(2)}, None, "LL916"),
        ({"\ud800": np.zeros(2)}, None, "LL916"),
        ({"__metadata__": np.zeros(2)}, None, "LL916"),
        ({}, [0] * 1_000_001, "LL928"),
        ({}, "x" * 17 * 2**20, "LL908"),
    ],
)
def test_what_has_no_place_in_a_file(
    arrays: dict[str, Any], meta: Any, code: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match=code):
        files.write_arrays(tmp_path / "x", arrays, meta)
    assert os.listdir(tmp_path) == []


# --- temporary files of others --------------------------------------------------------------------
def test_leftovers_of_the_dead_are_removed(tmp_path: Path) -> None:
    own = os.getpid()
    alive = [f".liuli-{own}-{files.TOKEN}-5.tmp", f".liuli-{os.getppid()}-00000000-1.tmp", "x.tmp"]
    dead = [f".liuli-{own}-00000000-5.tmp", ".liuli-999999999-00000000-5.tmp"]
    for name in alive + dead:
        (tmp_path / name).write_bytes(b"")
    files.remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(alive)


def test_processes_run() -> None:
    assert files.runs(os.getpid()) and files.runs(os.getppid())
    assert not any(files.runs(pid) for pid in (0, 999_999_999, 10**30))
