"""Where archive files come from: a public site over HTTP or a local mirror directory with the same layout.

What belongs here: reading one file whole into bounded memory, with retry after transient errors.
What does not: the names of files and their rows.
"""

import threading
from pathlib import Path
from typing import Protocol

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_when_event_set,
)
from tenacity.nap import sleep_using_event

from common.errors import InputError, TransientError
from common.retry import RetryPolicy, parse_retry_after, wait_by

_TIMEOUT = httpx.Timeout(30, connect=10)
_TRANSIENT_STATUSES = frozenset({408, 429})


class Site(Protocol):
    """A place that files are read from by their path below its root."""

    def read(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return the content of ``path``, or None when there is no such file.

        Raises InputError when the file cannot be read or is longer than ``max_bytes``, TransientError when the last
        attempt failed too.
        """

    def stop(self) -> None:
        """Wake readers that wait for another attempt. From now on nothing is retried."""

    def close(self) -> None:
        """Close the connections. Call it when no reader is left."""


def open_site(address: str | Path, retry: RetryPolicy) -> Site:
    """Return the site at an http(s) URL, or the mirror in an existing directory.

    Raises InputError when ``address`` is neither.
    """
    if isinstance(address, str) and address.startswith(("http://", "https://")):
        return HttpSite(address, retry)
    root = Path(address).expanduser()
    if not root.is_dir():
        raise InputError(f"{address}: neither an http(s) URL nor a directory; give a site's address or a local mirror")
    return MirrorSite(root)


class MirrorSite:
    """A local directory with the archive's layout."""

    def __init__(self, root: Path) -> None:
        """Read below ``root``."""
        self._root = root

    def read(self, path: str, *, max_bytes: int) -> bytes | None:
        """See :class:`Site`."""
        try:
            with (self._root / path).open("rb") as source:
                content = source.read(max_bytes + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"{path}: cannot be read from the mirror ({error.strerror}); check the file") from error
        _refuse_long(content, path, max_bytes)
        return content

    def stop(self) -> None:
        """See :class:`Site`. A mirror has no retry."""

    def close(self) -> None:
        """See :class:`Site`. A mirror keeps no file open."""


class HttpSite:
    """A public site. Safe to read from several threads."""

    def __init__(self, base_url: str, retry: RetryPolicy) -> None:
        """Read below ``base_url``; raises InputError when that is no URL."""
        self._stopped = threading.Event()
        self._retry = retry
        self._backoff = wait_by(retry)
        try:
            self._client = httpx.Client(base_url=base_url, timeout=_TIMEOUT)
        except httpx.InvalidURL as error:
            raise InputError(f"{base_url}: not a URL ({error})") from error

    def read(self, path: str, *, max_bytes: int) -> bytes | None:
        """See :class:`Site`. A download that was cut off starts again from its first byte."""
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(self._retry.attempts) | stop_when_event_set(self._stopped),
            wait=self._wait_seconds,
            sleep=sleep_using_event(self._stopped),
            reraise=True,
        )
        return retrying(self._read_once, path, max_bytes)

    def stop(self) -> None:
        """See :class:`Site`."""
        self._stopped.set()

    def close(self) -> None:
        """See :class:`Site`."""
        self._client.close()

    def _read_once(self, path: str, max_bytes: int) -> bytes | None:
        try:
            with self._client.stream("GET", path, headers={"Accept-Encoding": "identity"}) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    return None
                _refuse_failure(response, path)
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    _refuse_long(content, path, max_bytes)
        except httpx.TransportError as error:
            raise TransientError(f"{path}: {error or type(error).__name__}; run it again later") from error
        except httpx.RequestError as error:
            raise InputError(f"{path}: the response cannot be read ({error}); check the site's address") from error
        return bytes(content)

    def _wait_seconds(self, state: RetryCallState) -> float:
        # A site that asks for an hour is asked again sooner: the next import fetches what failed in this one.
        return min(self._backoff(state), self._retry.longest_wait_seconds)


def _refuse_failure(response: httpx.Response, path: str) -> None:
    """Raise TransientError or InputError for a status other than success."""
    status = response.status_code
    if status in _TRANSIENT_STATUSES or response.is_server_error:
        pause = parse_retry_after(response.headers.get("Retry-After"))
        raise TransientError(f"{path}: HTTP {status} from the site; run it again later", pause)
    if not response.is_success:
        raise InputError(f"{path}: HTTP {status} from the site; check its address and whether the file is public")


def _refuse_long(content: bytes | bytearray, path: str, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise InputError(f"{path}: longer than {max_bytes} bytes, which no file of this archive is; not read")
