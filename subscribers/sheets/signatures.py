"""Recognizes files by their first bytes, and explains what to do with those that are not lists."""

from __future__ import annotations

import zipfile
from enum import Enum
from typing import BinaryIO

from subscribers.errors import UnreadableImport

HEAD_BYTES = 4096

_CSV = "save the list as CSV UTF-8"
_UNPACK = "unpack it, and import the lists in it"
_FOREIGN = (
    (b"\x1f\x8b", "compressed (gzip)", _UNPACK),
    (b"BZh", "compressed (bzip2)", _UNPACK),
    (b"\xfd7zXZ", "compressed (xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF", "export the list itself as CSV"),
    (b"{\\rtf", "a document (RTF)", _CSV),
    (b"SQLite format 3\0", "a SQLite database", "export its table as CSV"),
    (b"PAR1", "a Parquet file", _CSV),
    (b"bplist", "a property list of Apple", "export the contacts as a vCard"),
    (b"\x89PNG", "an image", "import the list itself"),
    (b"\xff\xd8\xff", "an image", "import the list itself"),
    (b"\x7fELF", "a program", "import the list itself"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (
    (
        b"urn:schemas-microsoft-com:office:spreadsheet",
        "an XML spreadsheet of Excel 2003",
        "save it as XLSX or CSV",
    ),
    (b"<!doctype html", "a web page (HTML)", "open it in a spreadsheet and save it as XLSX or CSV"),
    (b"<html", "a web page (HTML)", "open it in a spreadsheet and save it as XLSX or CSV"),
    (b"<table", "a web page (HTML)", "open it in a spreadsheet and save it as XLSX or CSV"),
    (b"<?xml", "an XML file", "export the list as CSV"),
)


class Kind(Enum):
    """What reads a file."""

    TEXT = "text"
    WORKBOOK = "workbook"
    """XLSX, XLSB and XLS."""
    OPENDOCUMENT = "opendocument"


def find_kind(stream: BinaryIO, start: int) -> Kind:
    """Return what reads a file; UnreadableImport, with what to do instead, for one that is not a list."""
    stream.seek(start)
    head = stream.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        _refuse_blank(stream)
    if head.startswith(b"PK\x03\x04"):
        return _look_into(stream, start)
    if head.startswith(_COMPOUND):
        return Kind.WORKBOOK
    for signature, what, step in _FOREIGN:
        if head.startswith(signature):
            raise UnreadableImport(f"the file is {what}; {step}")
    _refuse_markup(head)
    return Kind.TEXT


def _refuse_blank(stream: BinaryIO) -> None:
    while data := stream.read(1 << 20):
        if data.strip(b" \t\r\n\0"):
            return
    raise UnreadableImport("the list is empty")


def _refuse_markup(head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").lstrip().lower()
    if not text.startswith(b"<") or text.split(b">")[0].count(b"@"):
        return
    for mark, what, step in _MARKUP:
        if mark in text:
            raise UnreadableImport(f"the file is {what}; {step}")


def _look_into(stream: BinaryIO, start: int) -> Kind:
    stream.seek(start)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadableImport("the file is a damaged workbook or archive; export the list again") from error
    if b"opendocument.spreadsheet" in kind:
        return Kind.OPENDOCUMENT
    if any(name.startswith("xl/workbook.") for name in names):
        return Kind.WORKBOOK
    if any(name.startswith("Index/") or name == "Index.zip" for name in names):
        raise UnreadableImport("the file is a Numbers document; export it from Numbers as CSV")
    if kind or any(name.startswith(("word/", "ppt/")) for name in names):
        raise UnreadableImport(f"the file is a text document or presentation; {_CSV}")
    inside = ", ".join(name for name in names if not name.startswith("__MACOSX") and not name.endswith("/"))
    raise UnreadableImport(f"the file is a ZIP archive; {_UNPACK}: {inside[:200] or 'it is empty'}")
