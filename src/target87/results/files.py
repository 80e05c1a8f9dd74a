"""Files appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from target87.errors import OutputError

if TYPE_CHECKING:
    import xarray as xr


def write_whole(path: str | os.PathLike[str], write: Callable[[Path], object]) -> Path:
    """Let ``write`` make a temporary file beside ``path``, then move it into place in one step.

    An error or an interrupt leaves what stood at ``path`` before, and no other file.

    Raises
    ------
    OutputError
        If the folder does not exist or cannot be written.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError("a folder stands where the file should go", where=str(target))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise OutputError(
            f"cannot write here: {error.strerror}", where=str(target.parent), remedies=("choose another folder",)
        ) from error
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return target


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8 ``text`` with Unix line ends, whole or not at all."""
    return write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def write_netcdf(path: str | os.PathLike[str], data: xr.Dataset | xr.DataTree) -> Path:
    """Write a NetCDF 4 file, whole or not at all."""
    return write_whole(path, lambda temporary: data.to_netcdf(temporary, engine="h5netcdf"))


@contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary folder that becomes ``path`` when the block ends without an error, and vanishes otherwise.

    Raises
    ------
    OutputError
        If ``path`` is a file, holds anything already, or its parent cannot be written; if a file in it cannot.
    """
    target = check_folder(path)
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(
            f"cannot write here: {error.strerror}", where=str(target.parent), remedies=("choose another folder",)
        ) from error
    try:
        try:
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            if target.exists():
                target.rmdir()
            temporary.replace(target)
        except OSError as error:  # a full disk, a quota: the library's own errors of writing pass as they are
            if isinstance(error, OutputError):
                raise
            raise OutputError(f"the files cannot be written: {error.strerror or error}", where=str(path)) from error
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        raise


def check_folder(path: str | os.PathLike[str]) -> Path:
    """Check before any work that a run can be written to ``path``.

    Raises
    ------
    OutputError
        If ``path`` is a file, holds anything already, or the folder it would stand in cannot be written.
    """
    target = Path(path).resolve()
    if target == Path.cwd().resolve():
        raise OutputError(
            "the output cannot replace the folder you stand in",
            where=str(target),
            remedies=("name a new folder inside it",),
        )
    if target.exists() and not target.is_dir():
        raise OutputError(
            "the output path is a file, not a folder",
            where=str(target),
            remedies=("name a folder that is new or empty",),
        )
    if target.is_dir() and any(target.iterdir()):
        held = "a run" if (target / "answer.json").exists() else "files"
        raise OutputError(
            f"the output folder already holds {held}; nothing is overwritten",
            where=str(target),
            examples=sorted(child.name for child in target.iterdir()),
            remedies=("name a folder that is new or empty", "move or delete the earlier run yourself"),
        )
    nearest = next(parent for parent in target.parents if parent.exists())
    if not nearest.is_dir():
        raise OutputError("a file stands on the way to the output folder", where=str(nearest))
    try:
        # made and removed at once: permission bits say nothing to an administrator or of a read-only disk
        Path(tempfile.mkdtemp(prefix=".target87.", dir=nearest)).rmdir()
    except OSError as error:
        raise OutputError(
            f"the output folder cannot be written: {error.strerror}",
            where=str(nearest),
            remedies=("choose another folder",),
        ) from error
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
