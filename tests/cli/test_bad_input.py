"""Whatever is wrong: one message in our format, exit code 2, no traceback, nothing left behind."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import IO, Any

import pytest

from liuli import cli
from liuli.cli import guard, train
from liuli.files import System
from tests.cli.conftest import Liuli, table


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("trian", "LL979"),
        ("train --epoch 3", "LL980"),
        ("train --epochs", "LL981"),
        ("train --epochs 0", "LL982"),
        ("train --epochs 1e3", "LL982"),
        ("train --batch-size 0", "LL982"),
        ("train --lr nan", "LL982"),
        ("train --lr -inf", "LL982"),
        ("train --seed -1", "LL982"),
        ("train --task guess", "LL982"),
        ("train --lang fr", "LL982"),
        ("train here", "LL983"),
        ("train --data nothing", "LL988"),
        ("train --data nothing.csv", "LL945"),
        ("train --data .", "LL945"),
        ("train --target x", "LL996"),
        ("train --model nothing", "LL989"),
        ("train --model nothing.py:make", "LL945"),
        ("train --model .py:make", "LL945"),
        ("train --resume nothing", "LL986"),
        ("train --resume .", "LL986"),
        ("predict", "LL984"),
        ("predict nothing x.png", "LL986"),
        ("predict photos/three.jpg", "LL984"),
        ("train --gpu", "LL980"),
        ("env --all", "LL980"),
    ],
)
def test_refused(line: str, code: str, liuli: Liuli, folder: Path) -> None:
    said = liuli(*line.split())
    assert said.code == 2
    assert f"[{code}]" in said.err.splitlines()[0]
    assert said.out == "" and "Traceback" not in said.err
    assert not list(folder.iterdir())


@pytest.mark.parametrize("facts", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"version": 99}',
                                   b'{"version": 1, "settings": {}, "look": {}}'])  # fmt: skip
def test_damaged_run(facts: bytes, liuli: Liuli, folder: Path) -> None:
    Path("run").mkdir()
    Path("run/run.json").write_bytes(facts)
    for words in (("train", "--resume", "run"), ("predict", "run", "x.png")):
        said = liuli(*words)
        assert said.code == 2 and "LL986" in said.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "LL947"),
        (b"a,b\n", "LL947"),
        (b"a,b\n1,2,3\n", "LL948"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "LL946"),
        (b"a,b\n" + b"1,x\n" * 20, "LL951"),  # one class
    ],
)
def test_tables(content: bytes, code: str, liuli: Liuli, folder: Path) -> None:
    Path("t.csv").write_bytes(content)
    said = liuli("train", "--data", "t.csv")
    assert said.code == 2 and code in said.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("head", ["utf-8-sig", "gbk"])
def test_tables_from_chinese_computers(head: str, liuli: Liuli, folder: Path) -> None:
    rows = [f"{i};;{'男' if i % 2 else '女'};{'高' if i > 20 else '低'}" for i in range(40)]
    text = "身高;空;性别;类别\n" + "\n".join(rows) + "\n"
    Path("表.csv").write_text(text, encoding=head)
    said = liuli("train", "--data", "表.csv", "--target", "类别", "--epochs", "2")
    assert (said.code, said.err) == (0, "")


def test_threads_that_are_no_number(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_NUM_THREADS", "abc")
    for words in (["env"], ["train"], ["predict", "runs/001", "x.png"]):
        said = liuli(*words)
        assert said.code == 2 and "LL801" in said.err


def test_folder_where_the_run_should_be(liuli: Liuli, kinds: Path) -> None:
    Path("file").write_text("mine", encoding="ascii")
    assert liuli("train", "--data", kinds, "--out", "file").code == 2
    assert Path("file").read_text(encoding="ascii") == "mine"
    Path("runs").write_text("mine", encoding="ascii")
    said = liuli("train", "--data", kinds)
    assert said.code == 2 and "LL994" in said.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written(liuli: Liuli, kinds: Path, folder: Path) -> None:
    folder.chmod(0o500)
    try:
        said = liuli("train", "--data", kinds)
    finally:
        folder.chmod(0o700)
    assert said.code == 2 and "LL994" in said.err


def test_full_disk(liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write fails in turn: always one message, and the run is gone or can be resumed."""
    train = ("train", "--data", kinds, "--epochs", "1", "--quiet", "--out")
    honest, number = System.write, 0
    while True:
        left, folder = number, Path(f"full{number}")

        def scarce(file: IO[bytes], data: Any) -> int:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return honest(file, data)

        with monkeypatch.context() as patch:
            patch.setattr(System, "write", staticmethod(scarce))
            said = liuli(*train, folder)
        if said.code == 0:
            break
        assert said.code == 2 and "LL920" in said.err and "Traceback" not in said.err
        assert not folder.exists() or liuli("train", "--resume", folder).code == 0
        number += 1
    assert number >= 5  # run.json, history, checkpoint, model, results, report


# --- what no command foresees ---------------------------------------------------------------------
def raising(error: BaseException, liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    def broken(*_: object) -> int:
        raise error

    monkeypatch.setitem(cli.WORK, "env", broken)
    said = liuli("env")
    return said.code, said.err


def test_memory(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    code, err = raising(MemoryError("8 TiB"), liuli, monkeypatch)
    assert code == 2 and "LL995" in err and "8 TiB" in err


def test_ctrl_c(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    code, err = raising(KeyboardInterrupt(), liuli, monkeypatch)
    assert code == 130 and "Traceback" not in err


def test_reader_has_gone(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "hush", lambda: None)
    assert raising(BrokenPipeError(), liuli, monkeypatch) == (141, "")


def test_errors_of_our_own_go_to_a_file(
    liuli: Liuli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, err = raising(KeyError("weight"), liuli, monkeypatch)
    assert code == 1 and "LL999" in err and "Traceback" not in err
    (path,) = tmp_path.glob("liuli-error-*.txt")
    assert str(path) in err
    text = path.read_text(encoding="utf-8")
    assert "Traceback" in text and "KeyError: 'weight'" in text and "Python" in text


def test_errors_of_our_own_without_a_place_for_files(
    liuli: Liuli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    code, err = raising(KeyError("weight"), liuli, monkeypatch)
    assert code == 1 and "KeyError: 'weight'" in err


def test_labels_out_of_range(liuli: Liuli, monkeypatch: pytest.MonkeyPatch, kinds: Path) -> None:
    honest = train.source_of

    def off(settings: object) -> object:
        source = honest(settings)  # type: ignore[arg-type]
        source.train.targets[5] = 7
        return source

    monkeypatch.setattr(train, "source_of", off)
    said = liuli("train", "--data", kinds, "--epochs", "1")
    assert said.code == 2 and "Traceback" not in said.err and " 7" in said.err


def test_cells_that_are_no_numbers(liuli: Liuli, folder: Path) -> None:
    table(folder / "t.csv", "a,b", ["nan,x", ",y", "1,x", "2,y"] * 10)
    said = liuli("train", "--data", "t.csv", "--epochs", "2", "--quiet")
    assert (said.code, said.err) == (0, "") and "nan" not in said.out


@pytest.mark.parametrize(
    "target",
    [
        [f"name{i}" for i in range(10)],
        [f"${2 * i}" for i in range(50)],
        [f"{i}e39" for i in range(1, 30)],
        ["one", "two", "three", "four"],
    ],
)
def test_a_target_that_names_the_rows(target: list[str], liuli: Liuli, folder: Path) -> None:
    """Every class has one row, so nothing is left for the test."""
    table(folder / "t.csv", "x,y", [f"{i % 7}.5,{cell}" for i, cell in enumerate(target)])
    said = liuli("train", "--data", "t.csv", "--target", "y")
    assert said.code == 2 and "LL954" in said.err and not Path("runs").exists()


def test_numbers_that_are_too_large(liuli: Liuli, folder: Path) -> None:
    rows = [f"{i * i % 17},{i}.5" for i in range(60)]
    table(folder / "t.csv", "x,y", [*rows, "3,1e39"])
    said = liuli("train", "--data", "t.csv", "--target", "y", "--task", "regress")
    assert said.code == 2 and "LL953" in said.err and "numbers go up to 3.4e38" in said.err
    said = liuli("train", "--data", "t.csv", "--target", "x", "--epochs", "1", "--quiet")
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    "head",
    [
        "def f(inputs)",
        "def f(a, b, c)",
        "def f(inputs, outputs, more)",
        "def f(*, width)",
        "def f(inputs, width=8)",
        "f = dict",
    ],
)
def test_functions_that_take_something_else(head: str, liuli: Liuli, kinds: Path) -> None:
    end = ": pass" if head.startswith("def") else ""
    Path("net.py").write_text(f"{head}{end}\n", encoding="utf-8")
    said = liuli("train", "--data", kinds, "--model", "net.py:f")
    assert said.code == 2 and "LL990" in said.err and "(inputs, outputs)" in said.err
    assert not Path("runs").exists()


def test_sigterm_ends_as_ctrl_c_does(liuli: Liuli, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def ended(*_: object) -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    monkeypatch.setitem(cli.WORK, "env", ended)
    said = liuli("env")
    assert said.code == 143 and "stopped by SIGTERM" in said.err
    assert signal.getsignal(signal.SIGTERM) is before
