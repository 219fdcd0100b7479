"""Packed files: gzip and zip, unpacked as a stream and never without bounds."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from crmlib.errors import CrmError
from crmlib.intake.reading.encodings import CHUNK, Opener

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TEXTS = (".csv", ".tsv", ".tab", ".txt")
TABLES = (*TEXTS, ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet", ".pq")
PACKED = (".zip", ".gz", ".7z", ".rar", ".lzh", ".tar", ".tgz", ".bz2", ".xz", ".zst")
#: A table hardly shrinks to less than a hundredth; beyond these bounds a packed file is made to fill the disk.
LARGEST = 64 << 30
RATIO = 200
_SMALL = 256 << 20
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
#: What reading a damaged file may raise; a full disk is no such thing, as it shows where the copy is written.
DAMAGE = (zipfile.BadZipFile, EOFError, zlib.error, OSError, ValueError, RuntimeError)


def members(path: Path) -> tuple[str, ...]:
    """Return the names of the tables in a zip file, sorted; what else lies in it is left alone.

    Raises
    ------
    CrmError
        ``intake.broken_zip``, ``intake.locked_zip``, ``intake.nested_archive``, ``intake.no_table_inside``.
    """
    found = {name: info for name, info in _listed(path).items() if not _hidden(name)}
    nested = [name for name in found if _suffix(name) in PACKED]
    if nested:
        raise CrmError("intake.nested_archive", file=path.name, inner=nested[0])
    tables = [n for n in found if _suffix(n) in TABLES and _suffix(n) != ".txt"]
    tables = tables or [n for n in found if _suffix(n) == ".txt"]
    if not tables:
        raise CrmError("intake.no_table_inside", file=path.name, allowed=sorted(found))
    return tuple(sorted(tables))


def bounded_book(path: Path, file: str) -> None:
    """Make sure that a workbook, which is a zip file and is unpacked in memory, has bounds.

    Raises
    ------
    CrmError
        ``intake.bomb``.
    """
    if zipfile.is_zipfile(path):
        sizes = [(i.file_size, i.compress_size) for i in _listed(path).values()]
        _check(sum(s for s, _ in sizes), sum(c for _, c in sizes), file)


def opener(path: Path, member: str, file: str) -> Opener:
    """Return what opens the bytes of a file, or of a member of a zip file, unpacked."""
    if member:
        return partial(_member, path, member, file)
    return partial(_plain, path, file)


@contextmanager
def _plain(path: Path, file: str) -> Iterator[BinaryIO]:
    if path.suffix.lower() != ".gz":
        with path.open("rb") as stream:
            yield stream
        return
    broken = CrmError("intake.broken_gzip", file=file)
    with path.open("rb") as packed, gzip.open(packed) as unpacked:
        yield _bounded(cast(IO[bytes], unpacked), path.stat().st_size, None, broken)


@contextmanager
def _member(path: Path, member: str, file: str) -> Iterator[BinaryIO]:
    info = _listed(path)[member]
    _check(info.file_size, info.compress_size, file)
    broken = CrmError("intake.broken_zip", file=file)
    with zipfile.ZipFile(path) as archive:
        try:
            stream = archive.open(info)
        except DAMAGE:
            raise CrmError("intake.broken_zip", file=file) from None
        with stream:
            yield _bounded(stream, info.compress_size, info.file_size, broken)


def _bounded(stream: IO[bytes], packed: int, declared: int | None, broken: CrmError) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Bounded(stream, packed, declared, broken), CHUNK))


def _listed(path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the files in a zip file by their names as people see them."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except DAMAGE:
        raise CrmError("intake.broken_zip", file=path.name) from None
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise CrmError("intake.locked_zip", file=path.name)
    return {_name(info): info for info in infos}


def _name(info: zipfile.ZipInfo) -> str:
    """Zip files made on Japanese Windows hold CP932 names without saying so; those of macOS hold UTF-8."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    written = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp932"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1].startswith((".", "~$")) or parts[-1] == "Thumbs.db"


def _check(size: int, packed: int, file: str) -> None:
    if size > LARGEST or (size > _SMALL and size > packed * RATIO):
        raise CrmError("intake.bomb", file=file, megabytes=size >> 20, packed=max(1, packed >> 20))


class _Bounded(io.RawIOBase):
    """Reads on while what comes out stays in proportion to what is packed, and within what was declared."""

    def __init__(self, stream: IO[bytes], packed: int, declared: int | None, broken: CrmError) -> None:
        super().__init__()
        self._stream, self._packed, self._declared, self._broken = stream, packed, declared, broken
        self._file = str(broken.values["file"])
        self._read = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into a buffer, up to its size.

        Raises
        ------
        CrmError
            ``intake.bomb``; what the file is where it is damaged.
        """
        target = memoryview(buffer)
        try:
            data = self._stream.read(len(target))
        except DAMAGE:
            raise self._broken from None
        target[:len(data)] = data
        self._read += len(data)
        _check(self._read, self._packed, self._file)
        if self._declared is not None and self._read > self._declared:
            raise CrmError("intake.bomb", file=self._file, megabytes=self._read >> 20, packed=self._packed >> 20)
        return len(data)


@contextmanager
def local(path: Path, member: str, file: str, folder: Path) -> Iterator[Path]:
    """Give a file that libraries can open by name: the file itself, or a private unpacked copy that goes again."""
    if not member:
        yield path
        return
    import os
    import tempfile

    number, name = tempfile.mkstemp(suffix=_suffix(member), dir=folder)
    try:
        with os.fdopen(number, "wb") as copy, opener(path, member, file)() as stream:
            while chunk := stream.read(CHUNK):
                copy.write(chunk)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
