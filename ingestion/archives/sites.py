"""The sites of archive files: a public site over HTTP, or a local mirror directory with the same layout.

What belongs here: reading one whole file up to a size limit, and retries after transient errors.
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
from common.retry import RetryPolicy, is_transient_status, parse_retry_after, wait_by

_TIMEOUT = httpx.Timeout(30, connect=10)


class Site(Protocol):
    """A site. Its files are read by their path below its root."""

    def read(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return the content of ``path``, or None when there is no such file.

        Raises InputError when the file is unreadable or longer than ``max_bytes``, TransientError when the last attempt
        failed too.
        """

    def stop(self) -> None:
        """Wake the readers that wait for another attempt, and retry no request from now on."""

    def close(self) -> None:
        """Close the connections. Call it after the last read has returned."""


def open_site(address: str | Path, retry: RetryPolicy) -> Site:
    """Return the site at an http(s) URL, or the mirror in an existing directory.

    Raises InputError when ``address`` is neither.
    """
    if isinstance(address, str) and address.startswith(("http://", "https://")):
        return HttpSite(address, retry)
    root = Path(address).expanduser()
    if not root.is_dir():
        raise InputError(
            f"{address}: neither an http(s) URL nor a directory; give the URL of a site or the folder of a mirror"
        )
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
        """See :class:`Site`. A mirror retries no read."""

    def close(self) -> None:
        """See :class:`Site`. A mirror keeps no file open."""


class HttpSite:
    """A public site. Safe to read from several threads."""

    def __init__(self, base_url: str, retry: RetryPolicy) -> None:
        """Read below ``base_url``. Raises InputError when it is not a URL."""
        self._stopped = threading.Event()
        self._retry = retry
        self._backoff = wait_by(retry)
        try:
            self._client = httpx.Client(base_url=base_url, timeout=_TIMEOUT)
        except httpx.InvalidURL as error:
            raise InputError(f"{base_url}: not a URL ({error})") from error

    def read(self, path: str, *, max_bytes: int) -> bytes | None:
        """See :class:`Site`. A retry after a broken download starts again at the first byte."""
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
        # A site may request a wait of an hour. This import does not wait so long: the next import fetches the file.
        return min(self._backoff(state), self._retry.longest_wait_seconds)


def _refuse_failure(response: httpx.Response, path: str) -> None:
    """Raise TransientError or InputError for a status other than success."""
    status = response.status_code
    if is_transient_status(status):
        pause = parse_retry_after(response.headers.get("Retry-After"))
        raise TransientError(f"{path}: HTTP {status} from the site; run it again later", pause)
    if not response.is_success:
        raise InputError(f"{path}: HTTP {status} from the site; check its address and whether the file is public")


def _refuse_long(content: bytes | bytearray, path: str, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise InputError(
            f"{path}: longer than {max_bytes} bytes, the limit for this archive; check the file at the site"
        )
