"""What the reader's console can show, and commands as they are really run."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from liuli import cli
from liuli.cli import console, options, program
from liuli.cli.progress import Bar, Lines, shown
from liuli.messages import reader_language
from tests.cli.conftest import Liuli
from tests.sources import ROOT


class Console(io.TextIOWrapper):
    """A stream with an encoding, which may be a terminal."""

    def __init__(self, encoding: str, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def said(self) -> str:
        """Everything that was written."""
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("encoding", "language"),
    [("utf-8", "zh"), ("gbk", "zh"), ("gb18030", "zh"), ("big5", "en"), ("cp1252", "en"),
     ("ascii", "en")],
)  # fmt: skip
def test_language_fits_the_console(
    encoding: str, language: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = Console(encoding), Console(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    for words in (["train", "--help"], ["--lang", "zh"], ["train", "--data", "数据"], ["env"]):
        cli.main([*words, "--lang", "zh"])
    assert ("选项" in out.said()) == (language == "zh")
    assert ("Options" in out.said()) == (language == "en")
    assert ("cannot show Chinese" in err.said()) == (language == "en")
    assert "LL988" in err.said()
    assert os.environ["LIULI_LANG"] == "en"  # as it was before


def test_the_report_has_the_language_that_was_asked_for(
    folder: Path, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Console("ascii"))
    monkeypatch.setattr(sys, "stderr", Console("ascii"))
    words = ["train", "--data", str(kinds), "--epochs", "1", "--quiet", "--out", "run"]
    assert cli.main([*words, "--lang", "zh"]) == 0
    text = Path("run/report.html").read_text(encoding="utf-8")
    assert "checked" in text.partition('id="to-zh"')[2].partition(">")[0]


def test_language_is_the_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_LANG", "zh_CN.UTF-8")
    monkeypatch.setattr(sys, "stdout", Console("utf-8"))
    with console.speaking(None) as wanted:
        assert wanted == reader_language() == "zh"
    with console.speaking("en"):
        assert reader_language() == "en"
    assert os.environ["LIULI_LANG"] == "zh_CN.UTF-8"


def test_bar_in_a_terminal(folder: Path, kinds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    out = Console("utf-8", terminal=True)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert cli.main(["train", "--data", str(kinds), "--epochs", "4", "--out", "run"]) == 0
    said = out.said()
    assert said.count("epoch ") == 4 and "\x1b[" in said
    assert "12/12" in said  # batches


def test_lines_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal, quiet, kind in ((True, False, Bar), (False, False, Lines), (True, True, Lines)):
        monkeypatch.setattr(sys, "stdout", Console("utf-8", terminal=terminal))
        assert type(shown(scale=1.0, quiet=quiet)) is kind
    monkeypatch.setitem(sys.modules, "rich.progress", None)  # not installed
    monkeypatch.setattr(sys, "stdout", Console("utf-8", terminal=True))
    assert type(shown(scale=1.0, quiet=False)) is Lines


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_overview(words: list[str], liuli: Liuli) -> None:
    said = liuli(*words)
    assert said.code == 0 and all(f"liuli {name}" in said.out for name in options.COMMANDS)


@pytest.mark.parametrize("name", list(options.COMMANDS))
def test_help_names_every_option(name: str, liuli: Liuli) -> None:
    for language in ("en", "zh"):
        said = liuli(name, "--help", "--lang", language)
        assert said.code == 0
        assert all(option.name in said.out for option in options.COMMANDS[name].options)
        assert "{" not in said.out
        assert max(map(console.width, said.out.splitlines())) <= 100


def test_version(liuli: Liuli) -> None:
    import liuli as package

    assert liuli("--version").out == f"liuli {package.__version__}\n"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (".venv/bin/liuli", ".venv/bin/liuli"),
        ("my env/bin/liuli", '"my env/bin/liuli"'),
        ("somewhere/pytest/__main__.py", "liuli"),
        ("program.py", "liuli"),
    ],
)
def test_program_as_it_was_typed(
    typed: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(Path(typed))])
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert program.program() == expected.replace("/", os.sep)


def test_program_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(ROOT / "liuli" / "__main__.py")])
    monkeypatch.setattr("shutil.which", lambda name: sys.executable)
    assert program.program() == f"{Path(sys.executable).stem} -m liuli"
    assert program.spelled(["train", "--data", "my table.csv"]).endswith('--data "my table.csv"')


# --- as a program of its own ----------------------------------------------------------------------
def process(folder: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    """`python -m liuli` in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "liuli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_files_named_like_modules(tmp_path: Path) -> None:
    """In a folder with a torch.py, a random.py and so on of the user's, and on an ASCII console."""
    for name in ("torch", "rich", "PIL", "pooch", "html", "csv", "safetensors"):
        text = f"raise RuntimeError('shadowed {name}')"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    with process(tmp_path, "env", "--lang", "zh", PYTHONIOENCODING="ascii") as child:
        out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert b"training works" in out and b"Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="pipes end differently on Windows")
def test_reader_that_goes_away(tmp_path: Path) -> None:
    words = ("train", "--epochs", "50", "--batch-size", "1000", "--model", "linear")
    with process(tmp_path, *words) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        err = child.stderr.read()
        child.stderr.close()
    assert child.returncode == 141
    assert err == b""
