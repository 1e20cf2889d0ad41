"""The store of attached files: on disk under their SHA-256, type decided from content, names cleaned.

A file is whole on disk (written, synced, renamed) before the transaction that names it commits, so there is never an
entry without its file.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import db
from portal.core.errors import Refused, TooLarge
from portal.core.models import StoredFile
from portal.core.words import _

FILE_BYTES = 25 * 1024 * 1024
FILES_PER_ENTRY = 20
PIXELS = 50_000_000
"""Limits of reliability.md U1; a picture of more pixels is refused, since showing it would cost gigabytes."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types a browser may show in the page; everything else is downloaded."""

_BAD_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True)
class KeptFile:
    """A file that is on disk but not yet named by an entry. `size` in bytes."""

    name: str
    sha256: str
    size: int
    media_type: str


def files_folder() -> Path:
    """Where files live: `files/` in the desk's home."""
    return Path(current_app.config["PORTAL_HOME"]) / "files"


def clean_file_name(name: str) -> str:
    """A name that is safe to show and to save: no path, control, format or direction signs; at most 255 bytes.

    The ending is kept; an empty name becomes "file".
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = _BAD_IN_NAMES.sub("_", name).strip()
    name = name.strip(".") if not name.strip(". ") else name.rstrip(". ")
    if not name:
        return "file"
    if name.startswith("."):
        name = "file" + name
    if _RESERVED.match(name):
        name = "_" + name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    room = 255 - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending


def detect_type(head: bytes) -> str:
    """The media type by the first bytes; unknown text is text/plain, everything else application/octet-stream."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "application/octet-stream"
        text = head[: error.start].decode("utf-8")
    return "application/octet-stream" if "\x00" in text else "text/plain"


def picture_size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, WebP or JPEG by its header; None when it is none or unreadable."""
    try:
        if head.startswith(b"\x89PNG"):
            return struct.unpack(">II", head[16:24])
        if head.startswith(b"GIF8"):
            return struct.unpack("<HH", head[6:10])
        if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        if head.startswith(b"\xff\xd8"):
            return _jpeg_size(head)
    except struct.error:
        return None
    return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            return None
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + max(length, 2)
    return None


def store_file(stream: BinaryIO, name: str) -> KeptFile:
    """Put a stream into the store. Raises TooLarge past 25 MB and Refused for a picture of too many pixels.

    Reads in blocks of 64 KiB; nothing is left behind when it is refused.
    """
    shown = clean_file_name(name)
    folder = files_folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    handle, temporary = tempfile.mkstemp(prefix="upload-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            while block := stream.read(65_536):
                size += len(block)
                if size > FILE_BYTES:
                    raise TooLarge(_("%(name)s is larger than 25 MB. Send a smaller file.") % {"name": shown})
                if len(head) < 65_536:
                    head += block[: 65_536 - len(head)]
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        pixels = picture_size(head)
        if pixels and pixels[0] * pixels[1] > PIXELS:
            raise Refused(_("%(name)s has too many pixels. Send a smaller picture.") % {"name": shown}, field="files")
        target = file_path(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return KeptFile(shown, digest.hexdigest(), size, detect_type(head[:8192]))


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder for syncing; NTFS journals the rename
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store_uploads(uploads: Iterable[object]) -> tuple[KeptFile, ...]:
    """Store the chosen files of a form (Werkzeug FileStorage values); fields left empty are passed over.

    Raises Refused for more than 20 files, TooLarge or Refused as `store_file` does.
    """
    chosen = [u for u in uploads if getattr(u, "filename", "")]
    if len(chosen) > FILES_PER_ENTRY:
        raise Refused(_("Attach at most %(most)s files at once.") % {"most": FILES_PER_ENTRY}, field="files")
    return tuple(store_file(u.stream, u.filename or "file") for u in chosen)  # type: ignore[attr-defined]


def file_path(sha256: str) -> Path:
    """Where the file of that hash lies."""
    return files_folder() / sha256[:2] / sha256


def stored_file_id(kept: KeptFile, *, now: datetime) -> int:
    """The id of the file's row, made when it is new. Call inside `transaction()`."""
    make = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    db.session.execute(
        make(StoredFile)
        .values(sha256=kept.sha256, size=kept.size, media_type=kept.media_type, stored_at=now)
        .on_conflict_do_nothing()
    )
    return db.session.execute(select(StoredFile.id).where(StoredFile.sha256 == kept.sha256)).scalar_one()
