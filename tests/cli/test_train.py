"""`liuli train`: the run folder, what is said, and going on after an interruption."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liuli.cli import progress, runs, stopping, train
from liuli.cli.words import plainly
from liuli.files import read_arrays
from liuli.train import Trainer
from tests.cli.conftest import Liuli, table

FAST = ("--epochs", "3", "--quiet")


def results(run: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(run, "results.json").read_text(encoding="utf-8"))
    return found


def weights(run: str | Path) -> dict[str, np.ndarray[Any, Any]]:
    return read_arrays(Path(run, "model.safetensors"))[0]


def test_classes_of_a_table(liuli: Liuli, kinds: Path) -> None:
    said = liuli("train", "--data", kinds.name, "--epochs", "8")
    assert (said.code, said.err) == (0, "")
    found = results("runs/001")
    assert found["test_accuracy"] > 0.8
    assert (found["epochs"], found["train_examples"], found["test_examples"]) == (8, 96, 24)
    assert found["command"] == f"liuli train --data {kinds.name} --epochs 8"
    assert "to be predicted: kind" in said.out  # what was assumed is said
    assert said.out.count("epoch ") == 8
    assert "report.html" in said.out
    assert "liuli predict runs" in said.out
    names = {path.name for path in Path("runs/001").iterdir()}
    assert names == {"run.json", "history.jsonl", "checkpoints", "model.safetensors",
                     "results.json", "report.html"}  # fmt: skip


def test_numbers_of_a_table_are_told_in_their_unit(liuli: Liuli, prices: Path) -> None:
    said = liuli("train", "--data", prices.name, "--epochs", "30", "--quiet")
    found = results("runs/001")
    assert 0 < found["test_mae"] < 30 and found["test_r2"] > 0.9
    assert f"{found['test_mae']:.4g}" in said.out
    lines = Path("runs/001/history.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["val_mae"] < 1  # the history is of what the network sees


@pytest.mark.parametrize(("model", "count"), [("mlp", 109_386), ("softmax", 7_850)])
def test_digits(model: str, count: int, liuli: Liuli) -> None:
    words = ("--model", model, "--epochs", "1", "--batch-size", "200", "--quiet")
    assert liuli("train", *words).code == 0
    assert results("runs/001")["test_accuracy"] > 0.6
    assert results("runs/001")["parameters"] == count
    assert "data:image/png" in Path("runs/001/report.html").read_text(encoding="utf-8")


def test_the_first_network_has_convolutions(liuli: Liuli) -> None:
    """One epoch of the default: its words, its page, and the commands that it names."""
    said = liuli("train", "--epochs", "1", "--out", "run")
    assert (said.code, said.err) == (0, "")
    assert "cnn" in said.out
    found = results("run")
    assert found["test_accuracy"] > 0.85 and found["model"] == "cnn"
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "Conv2d" in page and "One neuron at work" in page
    said = liuli("predict", "run", "run/digit.png")
    assert said.code == 0 and "it is a 0" in said.out
    assert "Traceback" not in said.err


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_default_run_reads_nearly_all_digits(seed: int, liuli: Liuli) -> None:
    """On the mean of the seeds 98 of 100; a single seed has some luck or none."""
    assert liuli("train", "--seed", seed, "--quiet", "--out", "run").code == 0
    assert results("run")["test_accuracy"] >= 0.975


@pytest.mark.slow
def test_the_mlp_reads_95_of_100(liuli: Liuli) -> None:
    assert liuli("train", "--model", "mlp", "--quiet", "--out", "run").code == 0
    assert results("run")["test_accuracy"] >= 0.95


SHAPED = """
from liuli import nn

def by_shape(shape, outputs):
    channels, height, width = shape
    return nn.Sequential(nn.Conv2d(channels, 2, 5, stride=4), nn.Flatten(),
                         nn.Linear(2 * (height // 4 - 1) * (width // 4 - 1), outputs))
"""


def test_a_function_may_ask_for_the_shape(liuli: Liuli) -> None:
    Path("net.py").write_text(SHAPED, encoding="utf-8")
    words = ("--model", "net.py:by_shape", "--epochs", "1", "--batch-size", "500", "--quiet")
    assert liuli("train", *words, "--out", "run").code == 0
    assert results("run")["parameters"] == 2 * 26 + 10 * (2 * 36) + 10
    Path("net.py").unlink()
    assert "it is " in liuli("predict", "run", "run/digit.png").out


def test_a_run_that_does_not_tell_shapes_is_understood(liuli: Liuli) -> None:
    """As versions before convolutions wrote them."""
    words = ("--model", "linear", "--epochs", "1", "--batch-size", "500", "--quiet")
    liuli("train", *words, "--out", "run")
    facts = json.loads(Path("run/run.json").read_text(encoding="utf-8"))
    assert facts["look"]["sizes"] == [784, 10, [1, 28, 28]]
    facts["look"]["sizes"] = [784, 10]
    Path("run/run.json").write_text(json.dumps(facts), encoding="utf-8")
    assert runs.opened("run").sizes == (784, 10, (1, 28, 28))
    assert liuli("predict", "run", "run/digit.png").code == 0
    assert liuli("train", "--resume", "run").code == 0


@pytest.mark.parametrize("name", ["cnn", "ResNet20"])
def test_pictures_are_needed_by_some_networks(name: str, liuli: Liuli, kinds: Path) -> None:
    said = liuli("train", "--data", kinds, "--model", name)
    assert said.code == 2 and "LL749" in said.err and not Path("runs").exists()


def test_the_same_seed_gives_the_same_network(liuli: Liuli, kinds: Path) -> None:
    for seed, name in ((3, "a"), (3, "b"), (4, "c")):
        liuli("train", "--data", kinds, *FAST, "--seed", seed, "--out", name)
    a, b, c = (weights(name) for name in "abc")
    assert all(np.array_equal(a[key], b[key]) for key in a)
    assert not all(np.array_equal(a[key], c[key]) for key in a)


def test_folders_are_numbered(liuli: Liuli, kinds: Path) -> None:
    Path("runs/007").mkdir(parents=True)
    Path("runs/notes").mkdir()
    liuli("train", "--data", kinds, *FAST)
    liuli("train", "--data", kinds, *FAST)
    assert {p.name for p in Path("runs").iterdir()} == {"007", "008", "009", "notes"}


def test_report_in_chinese(liuli: Liuli, kinds: Path) -> None:
    said = liuli("train", "--data", kinds, "--epochs", "1", "--lang", "zh")
    assert "测试准确率" in said.out and "训练" in said.out
    assert "<html" in Path("runs/001/report.html").read_text(encoding="utf-8")


def test_a_run_goes_on_in_its_language(liuli: Liuli, kinds: Path) -> None:
    said = liuli("train", "--data", kinds, "--epochs", "1", "--out", "r", "--lang", "zh")
    assert "你的新表格.csv" in said.out and "YOUR" not in said.out
    assert "测试准确率" in liuli("train", "--resume", "r").out
    assert "test accuracy" in liuli("train", "--resume", "r", "--lang", "en").out
    liuli("train", "--data", kinds, "--epochs", "1", "--out", "s")
    assert "predict s YOUR-NEW-TABLE.csv" in liuli("train", "--resume", "s").out


# --- networks of one's own ------------------------------------------------------------------------
NET = """
from liuli import nn

class Net(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = nn.Linear(inputs, 8)
        self.last = nn.Linear(8, outputs)

    def forward(self, x):
        return self.last(self.first(x).relu())

def sequential():
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
"""


@pytest.mark.parametrize("name", ["Net", "sequential"])
def test_a_network_from_a_file(name: str, liuli: Liuli, kinds: Path) -> None:
    Path("net.py").write_text(NET, encoding="utf-8")
    # None of these may take another module's place.
    for shadow in ("torch", "numpy", "random", "liuli", "csv"):
        Path(f"{shadow}.py").write_text("raise RuntimeError('shadowed')", encoding="utf-8")
    before = list(sys.path)
    said = liuli("train", "--data", kinds, *FAST, "--model", f"net.py:{name}")
    assert (said.code, said.err) == (0, "")
    assert sys.path == before
    assert not Path("__pycache__").exists()
    Path("net.py").unlink()  # the run has a copy
    assert liuli("predict", "runs/001", kinds).code == 0


def test_errors_while_it_trains_are_told_by_their_line(liuli: Liuli, kinds: Path) -> None:
    text = NET.replace("return self.last", "assert not self.training\n        return self.last")
    Path("net.py").write_text(text, encoding="utf-8")
    said = liuli("train", "--data", kinds, *FAST, "--model", "net.py:Net")
    assert said.code == 2
    assert "net.py:11: AssertionError" in said.err
    assert not list(Path("runs").iterdir())  # nothing was learned, nothing is left


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def make(:", "net.py:1: SyntaxError"),
        ("x = 1\nimport nothing_of_that_name", "net.py:2: ModuleNotFoundError"),
        ("import sys\nsys.exit(3)", "net.py:2: SystemExit"),
        ("def make():\n    return 1 / 0", "net.py:2: ZeroDivisionError"),
    ],
)
def test_errors_in_the_users_file(text: str, told: str, liuli: Liuli, kinds: Path) -> None:
    Path("net.py").write_text(text, encoding="utf-8")
    said = liuli("train", "--data", kinds, "--model", "net.py:make")
    assert (said.code, said.out) == (2, "")
    assert told in said.err and "Traceback" not in said.err
    assert not Path("runs").exists()


# --- interruptions --------------------------------------------------------------------------------
def stopped(self: progress.Lines, batch: int, logs: Any) -> None:
    """A signal in the middle of an epoch, as Ctrl-C sends it."""
    if (self.trainer.epoch, batch) == (1, 1):
        signal.raise_signal(signal.SIGTERM if self.quiet else signal.SIGINT)


@pytest.mark.parametrize(("quiet", "code"), [(False, 130), (True, 143)])
def test_resumed_bit_for_bit(
    quiet: bool, code: int, liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = ["--quiet"] if quiet else []
    words = ["train", "--data", str(kinds), "--epochs", "3", *extra]
    liuli(*words, "--out", "whole")
    with monkeypatch.context() as patch:
        patch.setattr(progress.Lines, "on_train_batch_end", stopped)
        said = liuli(*words, "--out", "part")
    assert said.code == code
    assert "liuli train --resume part" in said.err and "epoch 2 of 3" in said.err
    assert not Path("part/model.safetensors").exists()
    assert not Path("part/in-use.lock").exists()
    said = liuli("train", "--resume", "part")
    assert said.code == 0 and "1 of 3 epochs and 2 steps of the next are done" in said.out
    one, two = weights("whole"), weights("part")
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[key], two[key]) for key in one)
    assert results("whole")["test_loss"] == results("part")["test_loss"]


def hurried(times: int) -> Callable[[progress.Lines, int, Any], None]:
    """Ctrl-C pressed several times in one step."""

    def press(self: progress.Lines, batch: int, logs: Any) -> None:
        if (self.trainer.epoch, batch) == (1, 1):
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return press


@pytest.mark.parametrize("times", [2, 3])
def test_ctrl_c_in_a_hurry_loses_nothing(
    times: int, liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(progress.Lines, "on_train_batch_end", hurried(times))
        said = liuli("train", "--data", kinds, *FAST, "--out", "part")
    assert signal.getsignal(signal.SIGINT) is before
    assert said.code == 130 and "first step" not in said.err
    assert "epoch 2 of 3; nothing is lost" in said.err
    assert "liuli train --resume part" in said.err
    assert "1 of 3 epochs and 2 steps" in liuli("train", "--resume", "part").out


@pytest.mark.parametrize(("at", "told"), [((1, 1), "kept are 1 epochs and 0 steps"),
                                          ((0, 1), "no checkpoint was written yet")])  # fmt: skip
def test_ctrl_c_that_cannot_wait_tells_what_is_lost(
    at: tuple[int, int], told: str, liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(self: progress.Lines, batch: int, logs: Any) -> None:
        if (self.trainer.epoch, batch) == at:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(stopping, "PATIENCE", 0.0)  # the second press comes late
        patch.setattr(progress.Lines, "on_train_batch_end", press)
        said = liuli("train", "--data", kinds, *FAST, "--out", "part")
    assert said.code == 130 and told in said.err
    assert "liuli train --resume part" in said.err
    assert liuli("train", "--resume", "part").code == 0


def test_ctrl_c_while_results_are_written(
    liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train, "write_report", pressed)
        said = liuli("train", "--data", kinds, *FAST, "--out", "part")
    assert said.code == 130 and "the training itself is complete" in said.err
    assert liuli("train", "--resume", "part").code == 0 and Path("part/report.html").exists()


def test_sigterm_while_results_are_written(
    liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(train, "write_report", ended)
        said = liuli("train", "--data", kinds, *FAST, "--out", "part")
    assert said.code == 143 and "the training itself is complete" in said.err
    assert not Path("part/in-use.lock").exists()
    assert liuli("train", "--resume", "part").code == 0


def test_ctrl_c_after_the_last_step(
    liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(self: progress.Lines, epoch: int, logs: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(progress.Lines, "on_epoch_end", press)
        said = liuli("train", "--data", kinds, "--epochs", "1", "--out", "part")
    assert said.code == 130 and "the training itself is complete" in said.err
    assert "epoch 2" not in said.err and "in epoch" not in said.err
    assert "all 1 epochs were done already" in liuli("train", "--resume", "part").out


def test_short_epochs_are_not_spent_on_checkpoints(
    liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    honest = Trainer.save_checkpoint

    def counted(self: Trainer, folder: Any) -> Any:
        written.append(self.epoch)
        return honest(self, folder)

    monkeypatch.setattr(Trainer, "save_checkpoint", counted)
    monkeypatch.setattr(train, "PAUSE", 1e9)
    liuli("train", "--data", kinds, "--epochs", "9", "--quiet")
    assert written == [1, 9]


def test_a_run_that_went_wrong_is_told(liuli: Liuli) -> None:
    said = liuli(
        "train", "--lr", "100", "--epochs", "2", "--batch-size", "500", "--model", "linear"
    )
    assert said.code == 0 and "WARNING  this training went wrong" in said.out
    assert (
        "liuli train --data sample --batch-size 500 --epochs 2 --lr 0.003 --model linear"
        in said.out
    )
    page = Path("runs/001/report.html").read_text(encoding="utf-8")
    assert 'role="alert"' in page and "larger steps" not in page


def test_a_table_without_a_header(liuli: Liuli, kinds: Path) -> None:
    rows = kinds.read_text(encoding="utf-8").splitlines()[1:]
    Path("bare.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = liuli("train", "--data", "bare.csv", "--epochs", "1", "--target", "3")
    assert said.code == 0 and "this file has no header: use --target column3" in said.out
    said = liuli("train", "--data", "bare.csv", "--epochs", "1")
    assert "liuli train --data bare.csv --target column2" in said.out  # another one, to paste
    said = liuli("train", "--data", "bare.csv", "--target", "kind")
    assert said.code == 2 and "the file has no header" in said.err


def test_more_epochs_are_a_new_run(liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", "kinds.csv", *FAST, "--lr", "0.01", "--out", "first")
    said = liuli("train", "--resume", "first", "--epochs", "9")
    assert said.code == 2
    assert "try  liuli train --data kinds.csv --epochs 9 --lr 0.01" in said.err


def test_numbers_are_written_out(liuli: Liuli, folder: Path) -> None:
    rows = [f"{i / 100},{1_000_000 + 12_345 * i}" for i in range(100)]
    table(folder / "t.csv", "x,price", rows)
    said = liuli("train", "--data", "t.csv", "--epochs", "2", "--task", "regress")
    assert "e+0" not in said.out and "mean squared error of price" in said.out
    assert f"mean absolute error {plainly(results('runs/001')['test_mae'])}" in said.out


@pytest.mark.parametrize(("name", "told"), [("net.py", "net.py needs a name behind it"),
                                            ("none.py:make", "there is no such file")])  # fmt: skip
def test_names_of_networks(name: str, told: str, liuli: Liuli, kinds: Path) -> None:
    Path("net.py").write_text(NET, encoding="utf-8")
    said = liuli("train", "--data", kinds, "--model", name)
    assert said.code == 2 and told in said.err


def test_a_finished_run_can_be_written_anew(liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", kinds, *FAST, "--out", "done")
    before = results("done")
    Path("done/report.html").unlink()
    said = liuli("train", "--resume", "done")
    assert said.code == 0 and "all 3 epochs were done already" in said.out
    assert Path("done/report.html").exists()
    assert results("done") == before


def test_a_run_without_a_checkpoint_begins_again(liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", kinds, *FAST, "--out", "whole")
    liuli("train", "--data", kinds, *FAST, "--out", "killed")
    for path in Path("killed/checkpoints").iterdir():
        path.unlink()
    assert liuli("train", "--resume", "killed").code == 0
    one, two = weights("whole"), weights("killed")
    assert all(np.array_equal(one[key], two[key]) for key in one)


def test_options_that_agree_may_be_repeated(liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", kinds, *FAST, "--out", "first")
    assert liuli("train", "--resume", "first", "--epochs", "3", "--data", kinds).code == 0
    said = liuli("train", "--resume", "first", "--lr", "0.5")
    assert said.code == 2 and "--lr is 0.5" in said.err
    assert liuli("train", "--resume", "first", "--out", "other").code == 2


def test_going_on_from_another_folder(
    liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data and the network's file are found, and errors in the file are told by its line."""
    net = NET.replace(
        "return self.last", "self.training and self.check()\n        return self.last"
    )
    text = net.replace("def sequential", "Net.check = lambda self: None\n\ndef sequential")
    Path("net.py").write_text(text, encoding="utf-8")
    words = ("train", "--data", kinds.name, "--epochs", "3", "--model", "net.py:Net")
    with monkeypatch.context() as patch:
        patch.setattr(progress.Lines, "on_train_batch_end", stopped)
        assert liuli(*words, "--out", "run").code == 130
    Path("net.py").unlink()
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    copy = Path("../run/model.py")
    copy.write_text(copy.read_text(encoding="utf-8").replace("None", "1 / 0"), encoding="utf-8")
    said = liuli("train", "--resume", "../run", "--data", kinds)
    assert said.code == 2 and "model.py:14: ZeroDivisionError" in said.err
    copy.write_text(copy.read_text(encoding="utf-8").replace("1 / 0", "None"), encoding="utf-8")
    assert liuli("train", "--resume", "../run").code == 0


def test_a_folder_in_use(liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", kinds, *FAST, "--out", "first")
    with runs.opened("first").lock():
        said = liuli("train", "--resume", "first")
    assert said.code == 2 and "LL927" in said.err


def test_training_that_breaks_down_leaves_nothing(liuli: Liuli, folder: Path) -> None:
    rows = [f"{i * 1e30},{'ab'[i % 2]}" for i in range(40)]
    table(folder / "huge.csv", "x,y", rows)
    said = liuli("train", "--data", "huge.csv", "--lr", "1e30", "--epochs", "5")
    assert said.code == 2 and "LL960" in said.err


@pytest.mark.parametrize("terminal", [True, False])
def test_downloads_are_told(terminal: bool, monkeypatch: pytest.MonkeyPatch, folder: Path,
                            capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setattr(progress, "is_terminal", lambda stream: terminal)
    told = progress.Download("mnist")
    for done in (0, 1, 500, 1000):
        told(done, 1000)
    out = capsys.readouterr().out
    expected = ["  0", " 50", "100"] if terminal else [""]
    assert out.count("mnist") == len(expected)
    assert all(each in out for each in expected) and out.endswith("\n")


def test_eager_is_remembered(liuli: Liuli, kinds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was begun without compiling goes on without it."""
    seen: list[Any] = []
    begin = Trainer.__init__

    def noted(self: Trainer, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        seen.append(self.compile)

    monkeypatch.setattr(Trainer, "__init__", noted)
    for words in (["--eager"], []):
        seen.clear()
        liuli("train", "--data", kinds, *FAST, *words, "--out", f"run{len(words)}")
        liuli("train", "--resume", f"run{len(words)}", "--quiet")
        wanted = False if words else "auto"
        assert [x for x in seen if x != "auto"] == [x for x in [wanted] * 2 if x != "auto"]
