"""Compiled templates, kept in the user's cache so that each is compiled once.

The cache holds code, which no sandbox guards: it must never lie in a newsletter's folder, which may come from
someone else. It may be deleted at any moment; what is damaged, or of another version, is ignored.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from pipeline.content import markdown
from pipeline.errors import FileError
from pipeline.files import replace_file

_DIGEST_BYTES = 32


class TemplateCache(BytecodeCache):
    """Keeps the code of each template in a file of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the code of a template, if it is there and was made of the same source by the same program."""
        with suppress(OSError, ValueError, EOFError, TypeError):
            sealed = self._path(bucket).read_bytes()
            code = sealed[_DIGEST_BYTES:]
            if sealed[:_DIGEST_BYTES] == _seal(bucket, code):
                bucket.code = marshal.loads(code)  # noqa: S302 - the folder is the user's own, as the program is

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template; a cache that cannot be written costs time and nothing else."""
        code = marshal.dumps(bucket.code)
        with suppress(FileError):
            replace_file(self._path(bucket), _seal(bucket, code) + code, is_durable=False)

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / bucket.key


def _seal(bucket: Bucket, code: bytes) -> bytes:
    """Return a digest of the code, the source it was made of, and the program that made it."""
    source = str(bucket.checksum).encode()
    return hashlib.blake2b(source + code, digest_size=_DIGEST_BYTES, key=_version()).digest()


@cache
def _version() -> bytes:
    """Fingerprint what makes code of templates: Python, Jinja, and the filters, some of which run then."""
    found = hashlib.blake2b(digest_size=64)
    for source in (*sorted(Path(__file__).parent.glob("*.py")), Path(markdown.__file__)):
        found.update(source.read_bytes())
    found.update(repr((sys.version, jinja2.__version__)).encode())
    return found.digest()
