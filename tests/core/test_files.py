"""The store of attached files."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from werkzeug.datastructures import FileStorage

from portal.core.errors import Refused, TooLarge
from portal.core.files import FILE_BYTES, clean_file_name, detect_type, file_path, store_file, store_uploads


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../../../etc/cron.d/x.txt", "x.txt"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("\u200b.htaccess", "file.htaccess"),
        ("invoice\u202excod.exe", "invoicexcod.exe"),
        ("con.txt", "_con.txt"),
        (".", "file"),
        ("", "file"),
        ("page.html", "page.html"),
        ("shell.php.txt", "shell.php.txt"),
        ('a"b\r\nc.txt', "a_bc.txt"),
        ("Prüfbericht_Süd_2026.txt", "Prüfbericht_Süd_2026.txt"),
    ],
)
def test_names_are_cleaned(sent: str, shown: str) -> None:
    assert clean_file_name(sent) == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_file_name("ä" * 300 + ".pdf")
    assert name.endswith(".pdf")
    assert len(name.encode()) <= 255


def _png(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))


def test_the_type_comes_from_the_content() -> None:
    assert detect_type(_png(1, 1)) == "image/png"
    assert detect_type(b"<html><script>") == "text/plain"
    assert detect_type(b"<svg xmlns='x'>") == "text/plain"
    assert detect_type(b"\x00\x01") == "application/octet-stream"
    assert detect_type("ü".encode() * 4000 + b"\xc3") == "text/plain"


def test_a_stored_file_is_whole_under_its_hash(sqlite_app) -> None:
    kept = store_file(io.BytesIO(b"hello"), "../a.txt")
    assert kept.name == "a.txt"
    assert kept.size == 5
    assert file_path(kept.sha256).read_bytes() == b"hello"


def test_a_file_that_is_too_large_leaves_nothing_behind(sqlite_app) -> None:
    with pytest.raises(TooLarge, match="25 MB"):
        store_file(io.BytesIO(b"x" * (FILE_BYTES + 1)), "big.bin")
    assert not list(file_path("00").parent.parent.glob("upload-*"))


def test_a_picture_of_too_many_pixels_is_refused(sqlite_app) -> None:
    with pytest.raises(Refused, match="pixels"):
        store_file(io.BytesIO(_png(20_000, 20_000)), "bomb.png")


def test_at_most_twenty_files(sqlite_app) -> None:
    with pytest.raises(Refused, match="20"):
        store_uploads(FileStorage(io.BytesIO(b"x"), filename=f"{n}.txt") for n in range(21))


def test_empty_file_fields_are_passed_over(sqlite_app) -> None:
    assert store_uploads([FileStorage(io.BytesIO(b""), filename="")]) == ()
