"""Tables are read back as they were written, in any encoding, delimiter and quoting."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import hypothesis
import hypothesis.strategies as st
import pandas as pd
import pytest

from liuli.data.table import Table, read_table
from liuli.errors import DataError, FileError

CHINESE = "身高体重性别男女张伟北京上海"
SIGNS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
WORDS = st.text("abcxyz " + CHINESE, max_size=6).map(str.strip)


@pytest.fixture(autouse=True, scope="module")
def english() -> Iterator[None]:
    """Remarks are looked for in English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIULI_LANG", "en")
        yield


def written(folder: Path, content: bytes | str) -> Path:
    """A file with this content."""
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def as_csv(rows: list[list[str]], delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    """The text of a table."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)
    return text.getvalue()


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, int, dict[str, list[str]]]:
    """A delimiter, a way of quoting, and a table whose texts may hold it, quotes and line ends."""
    delimiter = draw(st.sampled_from(list(SIGNS.values())))
    rows = draw(st.integers(1, 6))
    special = st.sampled_from(["", delimiter, '"', "\n", delimiter * 2])
    texts = st.builds("x{}{}{}y".format, WORDS, special, WORDS)
    numbers = st.integers(-999, 999).map(str)
    columns = {"数 number": draw(st.lists(numbers, min_size=rows, max_size=rows))}
    for name in ("text", "另一个"):
        columns[name] = draw(st.lists(texts, min_size=rows, max_size=rows))
    return delimiter, draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])), columns


@hypothesis.given(tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
@hypothesis.settings(
    max_examples=60, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_round_trip(
    tmp_path: Path, table: tuple[str, int, dict[str, list[str]]], encoding: str
) -> None:
    delimiter, quoting, columns = table
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    path = written(tmp_path, as_csv(rows, delimiter, quoting).encode(encoding))
    assert read_table(path).columns == columns


def test_text_is_told_from_other_bytes(tmp_path: Path) -> None:
    western = "name,age\nMüller,30\nJosé,40\nZoë,50\n"
    assert read_table(written(tmp_path, western.encode("latin-1"))).column("name")[0] == "Müller"
    chinese = "姓名,年龄\n张伟,30\n王芳,40\n"
    table = read_table(written(tmp_path, chinese.encode("gbk")))
    assert table.columns == {"姓名": ["张伟", "王芳"], "年龄": ["30", "40"]}
    assert any("GB18030" in note for note in table.notes)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    table = read_table(written(tmp_path, end.join(["a,b", "1,2", "", "3,4", ""])))
    assert table.columns == {"a": ["1", "3"], "b": ["2", "4"]}
    assert table.lines == [2, 4]


def test_spaces_part_cells(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "  x   y\n 1.0  2\n10.5   3 \n"))
    assert table.columns == {"x": ["1.0", "10.5"], "y": ["2", "3"]}


def test_excel_names_its_delimiter(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "sep=;\r\na;b\r\n1,5;2\r\n3;4\r\n"))
    assert table.columns == {"a": ["1.5", "3"], "b": ["2", "4"]}
    assert table.lines == [3, 4]


def test_decimal_commas(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a;b;c\n1,5;1.234,5;x,y\n-2,25;7;1,5 kg\n"))
    assert table.columns == {"a": ["1.5", "-2.25"], "b": ["1234.5", "7"], "c": ["x,y", "1,5 kg"]}
    both = "a;b\n1,5;2.5\n2,5;3.5\n"
    assert read_table(written(tmp_path, both)).column("a") == ["1,5", "2,5"]
    thousands = "a;b\n1,234;x\n2,345;y\n"
    assert read_table(written(tmp_path, thousands)).column("a") == ["1,234", "2,345"]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,x\n2,y\n", True),
        ("1,x\n2,y\n", False),
        ("sex,eyes\nm,blue\nf,blue\nm,green\n", True),
        ("m,blue\nf,blue\nm,green\n", False),
        (",a,b\n0,1,2\n1,3,4\n", True),
        ("x,1\n", False),
    ],
)
def test_header_is_found(tmp_path: Path, text: str, header: bool) -> None:
    table = read_table(written(tmp_path, text))
    assert len(table) == text.count("\n") - header
    assert (table.names[-1] != f"column{len(table.names)}") == header


def test_header_by_word(tmp_path: Path) -> None:
    path = written(tmp_path, "id,2019,2020\n1,2,3\n")
    assert len(read_table(path)) == 2
    assert read_table(path, header=True).names == ["id", "2019", "2020"]


def test_names_are_made_unique(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a,a,,a_2,b,\n1,2,3,4,5,\n"))
    assert table.columns == {"a": ["1"], "a_3": ["2"], "column3": ["3"], "a_2": ["4"], "b": ["5"]}
    assert any("a_3" in note for note in table.notes)
    assert any("column3" in note for note in table.notes)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"\x89PNG\r\n\x1a\n....", "LL946", "a PNG picture"),
        (b"PK\x03\x04....xl/workbook.xml", "LL946", "Excel workbook"),
        (b"PK\x03\x04....readme.txt", "LL946", "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..", "LL946", ".xls"),
        (b"<!DOCTYPE html><html>", "LL946", "HTML"),
        (b"a,b\n1,\x002\n", "LL946", "zero byte at position 6"),
        (b"\xff\xfea\x00,", "LL946", "UTF-16"),
        (b"", "LL947", "empty"),
        (b"\n \n,,\n", "LL947", "empty"),
        (b"a,b\n", "LL947", "only a line of column names"),
        (b"a,b\n1,2\n1,2,3\n", "LL948", "line 3 has 3 cells, line 1 has 2"),
        (b'a,b\n1,"x\n2,y\n3\n', "LL948", "closed on line 4"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    if code == "LL948" and b'"' in content:
        content += b'","'
    with pytest.raises(DataError) as caught:
        read_table(written(tmp_path, content))
    assert caught.value.code == code
    assert words in str(caught.value) or "closed on line" in words


def test_endless_quote(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"LL946.*never closed"):
        read_table(written(tmp_path, 'a,b\n1,"' + "x,y\n" * 50_000))


def test_size_is_bounded(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n" + "1,2\n" * 100)
    with patch("liuli.data.table.reading.LARGEST", 100), pytest.raises(DataError, match="LL949"):
        read_table(path)


def test_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(FileError, match="LL945"):
            read_table(path)


def test_frames_and_dicts() -> None:
    data = {"a": [1.5, None], "b": ["x", None], "c": [True, False]}
    frame = pd.DataFrame({**data, "d": pd.to_datetime(["2024-01-31", None])})
    table = Table.from_data(frame)
    assert table.columns == {
        "a": ["1.5", ""],
        "b": ["x", ""],
        "c": ["True", "False"],
        "d": ["2024-01-31 00:00:00", ""],
    }
    assert Table.from_data(data).columns["c"] == ["True", "False"]
    assert Table.from_data(table.to_dict()) == Table(table.to_dict())
    with pytest.raises(DataError, match="column 'b' has 1 cells, column 'a' has 2"):
        Table.from_data({"a": [1, 2], "b": [3]})
