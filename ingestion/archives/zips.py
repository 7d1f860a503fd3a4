"""The check of a downloaded zip: its published SHA-256, and the single file inside. Pure: bytes in, bytes out.

What belongs here: every check that a download equals the published file.
What does not: fetching it and reading its rows.
"""

import hashlib
import io
import re
import zipfile
import zlib

from common.errors import InputError

_CHECKSUM_LINE = re.compile(r"([0-9a-fA-F]{64})\s+\*?(\S+)\s*")
# A month of one-minute bars is 5 MB. A much larger member would be an attack or an error.
_MAX_MEMBER_BYTES = 256 * 1024 * 1024


def parse_checksum(content: bytes, path: str) -> str:
    """Return the lower-case SHA-256 that a ``.CHECKSUM`` file states for the file at ``path``.

    Raises InputError when it is malformed or names another file.
    """
    line = _CHECKSUM_LINE.fullmatch(content.decode("utf-8", errors="replace"))
    if line is None:
        raise InputError(f"{path}.CHECKSUM: not '<sha256>  <file name>'; fetch it again")
    sha256, name = line.groups()
    if name != path.rpartition("/")[2]:
        raise InputError(f"{path}.CHECKSUM: it is for another file ({name}); fetch it again")
    return sha256.lower()


def verified_member(content: bytes, sha256: str, path: str) -> bytes:
    """Return the only file inside the zip ``content`` after checking its SHA-256; ``path`` names it in errors.

    Raises InputError when the checksum differs, the zip is broken, or it does not hold exactly one file.
    """
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise InputError(f"{path}: wrong checksum: sha256 is {actual}, its .CHECKSUM says {sha256}; fetch it again")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) != 1:
                raise InputError(f"{path}: holds {len(members)} files instead of one; fetch it again")
            if members[0].file_size > _MAX_MEMBER_BYTES:
                raise InputError(
                    f"{path}: unpacks to {members[0].file_size} bytes, more than any archive file; fetch it again"
                )
            return archive.read(members[0])
    # zipfile raises RuntimeError for an encrypted member and NotImplementedError for an unknown compression.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError) as error:
        raise InputError(f"{path}: broken zip ({error}); fetch it again") from error
