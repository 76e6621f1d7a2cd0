"""What a file is, by its first bytes: people give a spreadsheet its `.csv` name by hand."""

from __future__ import annotations

# The signatures are those of the formats' own specifications.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7zip"),
    (b"Rar!", "rar"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x89HDF", "hdf5"),
    (b"\x93NUMPY", "npy"),
    (b"{\\rtf", "rtf"),
)
PICTURES = ("png", "jpeg", "gif", "tiff", "webp")  # that Pillow can read
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_TEXT_STARTS = ((b"<!doctype html", "html"), (b"<html", "html"))


def kind_of(data: bytes) -> str:
    """What the bytes look like, such as "png"; "" where nothing is recognised.

    In words it is the remark "kind_png" and so on.
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    if data.startswith(b"RIFF"):
        return "webp" if data[8:12] == b"WEBP" else "riff"
    if data[4:8] == b"ftyp":
        return "heic" if data[8:12] in _HEIC else "film"
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, kind in _TEXT_STARTS:
        if start.startswith(signature):
            return kind
    if b"<svg" in start:
        return "svg"
    return ""


def _kind_of_zip(data: bytes) -> str:
    """Office documents and NumPy's archives are ZIP files; the names inside tell which."""
    for name, kind in ((b"xl/", "excel"), (b"word/", "word")):
        if name in data:
            return kind
    return "npz" if b".npy" in data[:256] else "zip"
