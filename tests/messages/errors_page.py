"""docs/errors.md from the catalogue: `python -m tests.messages.errors_page` writes it anew."""

from __future__ import annotations

from liuli.messages import LANGUAGES
from liuli.messages.text import Text
from tests.messages.catalogue import classes
from tests.sources import ROOT

PAGE = ROOT / "docs" / "errors.md"
GROUPS = {
    "LL1": ("Shapes", "形状"),
    "LL2": ("Number types", "数据类型"),
    "LL3": ("Axes and positions", "轴与位置"),
    "LL4": ("Gradients", "梯度"),
    "LL5": ("Devices", "设备"),
    "LL6": ("Arguments", "参数"),
    "LL7": ("Recorded programs", "录制的程序"),
    "LL8": ("Settings", "设置"),
    "LL9": ("Files, data, training, the command line", "文件、数据、训练与命令行"),
}
INTRODUCTION = """\
# Errors and what to do / 错误信息与处理方法

Every error of Liuli has a code. This page lists them all: what the message says, how it comes
about, and what to do. Words in braces stand for what the message fills in. The same is printed,
without a network, by `liuli.errors.explain("LL101")`.

Liuli 的每个错误都有编号。本页列出全部编号：消息内容、产生的原因和处理方法。
花括号中的词在消息里会换成实际内容。不联网时可以用 `liuli.errors.explain("LL101")` 查看同样的说明。

The first line of a message is always English, so that it can be searched for. The explanation
follows in Chinese where the environment variable `LIULI_LANG` is `zh`, or else the computer's
language is Chinese.

消息的第一行始终是英文，便于搜索。环境变量 `LIULI_LANG` 为 `zh`，
或未设置它而系统语言为中文时，随后给出中文说明。

Each class is also one of Python's, so that programs written for PyTorch catch it: `ShapeError`,
`GradientError`, `DeviceError`, `RecordError` and `GraphError` are a `RuntimeError`; `DTypeError` a
`RuntimeError` and a `TypeError`; `AxisError` and `OutOfRangeError` an `IndexError`; `ArgumentError`
a `ValueError`, a `TypeError` and a `RuntimeError`; `SettingError` a `ValueError`.

每个错误类同时也是 Python 自己的某个错误类，为 PyTorch 写的程序因此能照常捕获。
"""


def page() -> str:
    """The whole page."""
    kinds, lines, group = classes(), [INTRODUCTION], ""
    for code, text in sorted(LANGUAGES["en"].items()):
        if code[:3] != group:
            group = code[:3]
            lines += [f"## {group}xx: {GROUPS[group][0]} / {GROUPS[group][1]}", ""]
        kind = kinds.get(code, "unused").replace("warn", "UserWarning")
        lines += [f'<a id="{code.lower()}"></a>', "", f"### {code} ({kind})", ""]
        lines += [*_entry(text, "Try"), *_entry(LANGUAGES["zh"][code], "可以写")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _entry(text: Text, label: str) -> list[str]:
    lines = [f"> {_plain(text.says)}", "", _plain(text.why), ""]
    fixed = text.tries and not text.tries.startswith("{")
    return [*lines, f"{label}: `{text.tries}`", ""] if fixed else lines


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    text = text.replace("!r}", "}")
    for sign in ("*", "_", "<", "["):
        text = text.replace(sign, "\\" + sign)
    return text


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
