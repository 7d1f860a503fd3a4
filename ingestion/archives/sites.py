"""Where archive files come from: a public site over HTTP or a local mirror directory with the same layout.

What belongs here: reading one file whole into bounded memory, with retry after transient errors.
What does not: the names of files and their rows.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_when_event_set,
    wait_exponential,
    wait_random,
)
from tenacity.nap import sleep_using_event

from common.errors import InputError, TransientError

_TIMEOUT = httpx.Timeout(30, connect=10)
_TRANSIENT_STATUSES = frozenset({408, 429})


@dataclass(frozen=True)
class RetryPolicy:
    """How often a transient failure is retried, and after which waits: they double, with jitter, up to a cap."""

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60


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
            raise _HttpTransientError(f"{path}: {error or type(error).__name__}; run it again later") from error
        except httpx.RequestError as error:
            raise InputError(f"{path}: the response cannot be read ({error}); check the site's address") from error
        return bytes(content)

    def _wait_seconds(self, state: RetryCallState) -> float:
        """Return the wait before the next attempt: the backoff, or the wait that the site asks for, up to the cap."""
        first, longest = self._retry.first_wait_seconds, self._retry.longest_wait_seconds
        backoff = wait_exponential(multiplier=first, max=longest) + wait_random(0, first)
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_seconds if isinstance(error, _HttpTransientError) else 0
        return min(max(backoff(state), asked), longest)


class _HttpTransientError(TransientError):
    """A transient failure, with the wait that the site asks for."""

    def __init__(self, message: str, retry_after_seconds: float = 0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


def parse_retry_after(header: str | None, now: datetime) -> float:
    """Return the seconds that a Retry-After header (seconds or an HTTP date) asks for; 0 without a readable one.

    ``now`` carries its zone.
    """
    if header is None:
        return 0
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return 0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def _refuse_failure(response: httpx.Response, path: str) -> None:
    """Raise TransientError or InputError for a status other than success."""
    status = response.status_code
    if status in _TRANSIENT_STATUSES or response.is_server_error:
        pause = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        raise _HttpTransientError(f"{path}: HTTP {status} from the site; run it again later", pause)
    if not response.is_success:
        raise InputError(f"{path}: HTTP {status} from the site; check its address and whether the file is public")


def _refuse_long(content: bytes | bytearray, path: str, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise InputError(f"{path}: longer than {max_bytes} bytes, which no file of this archive is; not read")
