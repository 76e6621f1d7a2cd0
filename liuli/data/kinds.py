"""What a file is, by its first bytes: people give a spreadsheet its `.csv` name by hand."""

from __future__ import annotations

# The signatures are those of the formats' own specifications.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.xls, .doc)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"{\\rtf", "an RTF document"),
)
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_TEXT_STARTS = ((b"<!doctype html", "an HTML page"), (b"<html", "an HTML page"))


def kind_of(data: bytes) -> str:
    """What the bytes look like, such as "a PNG picture"; "" where nothing is recognised."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    if data.startswith(b"RIFF"):
        return "a WebP picture" if data[8:12] == b"WEBP" else "a sound or a film"
    if data[4:8] == b"ftyp":
        return "a HEIC photograph" if data[8:12] in _HEIC else "a film"
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, kind in _TEXT_STARTS:
        if start.startswith(signature):
            return kind
    if b"<svg" in start:
        return "an SVG drawing"
    return ""


def _kind_of_zip(data: bytes) -> str:
    """Office documents and NumPy's archives are ZIP files; the names inside tell which."""
    for name, kind in ((b"xl/", "an Excel workbook (.xlsx)"), (b"word/", "a Word document")):
        if name in data:
            return kind
    return "a NumPy archive (.npz)" if b".npy" in data[:256] else "a ZIP archive"
