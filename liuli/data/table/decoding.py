"""From the bytes of a file to its text: which of the encodings people have it is in."""

from __future__ import annotations

import codecs
import itertools

from ...errors import DataError, Row
from ..kinds import PICTURES, kind_of
from ..remarks import Phrase, phrase, remark

_SAMPLE = 10_000  # characters looked at to tell Chinese from other text


def decode(data: bytes, path: str) -> tuple[str, list[str]]:
    """The text of a table's file, and what is to be said about its encoding.

    UTF-8 (also with a byte order mark), UTF-16 with its mark (Excel's "Unicode text"), then
    GB18030, of which GBK and GB2312 are parts. Latin-1, which fits any bytes, is the last resort.

    Errors: LL946 for what is no text.
    """
    kind = kind_of(data)
    if kind:
        raise not_a_table(path, phrase(f"kind_{kind}"), kind)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return _text(data.decode("utf-16"), path), [remark("encoding", encoding="UTF-16")]
        except UnicodeDecodeError:
            raise not_a_table(path, phrase("broken_utf16")) from None
    try:
        return _text(data.decode("utf-8-sig"), path), []
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if _is_chinese(text):
        return _text(text, path), [remark("encoding", encoding="GB18030 (GBK)")]
    return _text(data.decode("latin-1"), path), [remark("latin")]


def _is_chinese(text: str) -> bool:
    """Whether most characters beyond ASCII are of GB2312, the common part of GBK.

    The accented letters of western text, taken two bytes at a time for GBK, mostly are not.
    """
    special = list(itertools.islice((letter for letter in text if letter > "\x7f"), _SAMPLE))
    common = sum(bool(letter.encode("gb2312", "ignore")) for letter in special)
    return bool(special) and 2 * common >= len(special)


def _text(text: str, path: str) -> str:
    """The text, if it holds no zero byte: such a file is none that a person can read."""
    if "\0" in text:
        raise not_a_table(path, phrase("binary", place=text.index(chr(0))))
    return text


_ADVICE = {
    **dict.fromkeys(("excel", "office"), "instead_excel"),
    **dict.fromkeys(("gzip", "bzip2", "xz", "7zip", "rar", "zip"), "instead_archive"),
    **dict.fromkeys(PICTURES, "instead_picture"),
    "html": "instead_html",
    "parquet": "instead_parquet",
}


def not_a_table(path: str, what: Phrase, kind: str = "") -> DataError:
    """LL946: what the file is instead of a table, and where that is known the way on."""
    rows = [Row("instead", remark(_ADVICE[kind]))] if kind in _ADVICE else []
    return DataError("LL946", path=path, kind=what, rows=rows)
