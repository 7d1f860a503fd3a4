"""Errors that the body of a response states, perhaps under status 200. Each venue and vendor has its own form.

What belongs here: finding the error in a body, and its kind. What does not: HTTP statuses (common/retry.py), and when
to look (the transports: ingestion/live/exchange.py, ingestion/vendors/client.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Literal

from common.errors import InputError, OiwError, TransientError
from common.retry import is_transient_status
from ingestion.api.errors import BannedError, BlockedError

Kind = Literal["transient", "blocked", "banned", "permanent"]

_CODES = ("retCode", "ret_code", "code", "err_code", "err-code", "error_code", "label", "status")
_TEXTS = ("retMsg", "ret_msg", "msg", "message", "err_msg", "err-msg", "error_message", "detail", "response", "reason")
_ERRORS = ("error", "errors")
_NESTED = (*_ERRORS, "status")
_SUCCESS = frozenset({"", "200", "200000", "ok", "success"})
_BEYOND_STATUSES = 600
_BLOCKED_STATUSES = frozenset({"403", "451"})
# Words of the error texts of venues and vendors. Lists of codes alone would miss the codes that a venue adds.
_BLOCKED = re.compile(
    r"restricted (location|area|region|country)|geo ?(block|restrict)|\bcompliance\b|ip forbidden"
    r"|(your|this) (country|region|location|area|jurisdiction)|(unavailable|not available) in (the|your|this|certain) "
)
_BANNED = re.compile(r"\bbanned\b")
_TRANSIENT = re.compile(
    r"too ?(many|frequent|fast|busy)|rate ?limit|limit ?exceeded|exceeded .*limit|frequency|throttl|overload|\bbusy\b"
    r"|(system|service|server)( is)? ((being )?upgrad|down|offline)|maint(ain|enance)|unavailable|temporar"
    r"|time(d)? ?out|\binternal\b|(server|system|service|unknown) error|not ready|queue full"
    r"|being settled|in settlement|settlement in progress|\bretry\b|try again"
)
# Codes from the venues' lists, by ccxt's name of the venue, whose text alone does not show the kind.
_CODES_OF_KIND: dict[Kind, dict[str, frozenset[str]]] = {
    "transient": {
        "bybit": frozenset({"10000", "10016"}),
        "bitget": frozenset({"30007", "40015", "40725", "45001"}),
        "htx": frozenset({"1000", "1004", "1032"}),
        "kucoinfutures": frozenset({"1015", "200002"}),
    },
    "blocked": {
        "bybit": frozenset({"10024"}),
        "kucoinfutures": frozenset({"400302"}),
    },
}
# The text of a page of HTML is what is left without comments, scripts, styles and tags.
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class StatedError:
    """An error that a body states: its kind, and the codes beside it."""

    kind: Kind
    codes: frozenset[str] = frozenset()

    def exception(self, said: str, advice: str, retry_after_seconds: float | None = None) -> OiwError:
        """Return the exception of this kind with the message ``said``. ``advice`` ends that of a permanent error."""
        if self.kind == "blocked":
            return BlockedError(said)
        if self.kind == "banned":
            return BannedError(said, retry_after_seconds)
        if self.kind == "transient":
            return TransientError(said, retry_after_seconds)
        return InputError(f"{said}; {advice}")


def stated_error(body: Any, ccxt_id: str = "") -> StatedError | None:
    """Return the error that ``body`` states; None when it states none. ``ccxt_id`` selects the venue's own codes.

    ``body`` is parsed JSON, or a text that is not JSON, such as a page of HTML. Such a text is always an error, and
    transient unless it states a block or a ban. A list is never one. An object is one when it has a field for errors
    (``error``, ``errors``), a code that does not mean success, ``success`` that is false, or a text and no data.
    """
    if isinstance(body, str):
        kind = _kind_of_words(visible_text(body))
        return StatedError("transient" if kind == "permanent" else kind)
    if not isinstance(body, Mapping):
        return None
    parts = list(_parts(body))
    codes = frozenset(code for part in parts for code in _values(part, _CODES) if not _means_success(code))
    texts = [text for part in parts for text in _values(part, _TEXTS) if not _means_success(text)]
    errors = [body[name] for name in _ERRORS if body.get(name)]
    is_text_alone = bool(texts) and body.keys() <= {*_CODES, *_TEXTS}
    if not codes and not errors and not is_text_alone and body.get("success") is not False:
        return None
    for kind, codes_of in _CODES_OF_KIND.items():
        if codes & codes_of.get(ccxt_id, frozenset()):
            return StatedError(kind, codes)
    return StatedError(_kind_of_codes(codes) or _kind_of_words(" ".join([*texts, *codes, *map(str, errors)])), codes)


def visible_text(body: str) -> str:
    """Return what a reader of ``body`` sees, on one line: of a page of HTML its text."""
    if body.lstrip().startswith("<"):
        body = unescape(_UNSEEN.sub(" ", body)).strip() or body
    return " ".join(body.split())


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield body
    for name in _NESTED:
        value = body.get(name)
        yield from (part for part in (value if isinstance(value, list) else [value]) if isinstance(part, Mapping))


def _values(part: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = part.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)


def _means_success(value: str) -> bool:
    return value.lower() in _SUCCESS or not value.strip("0")


def _kind_of_codes(codes: frozenset[str]) -> Kind | None:
    """Return the kind of codes that are HTTP statuses; None where they show none."""
    if codes & _BLOCKED_STATUSES:
        return "blocked"
    statuses = [int(code) for code in codes if code.isdecimal() and int(code) < _BEYOND_STATUSES]
    return "transient" if any(map(is_transient_status, statuses)) else None


def _kind_of_words(text: str) -> Kind:
    words = _NO_WORD.sub(" ", _CASE_CHANGE.sub(" ", text)).lower()
    if _BLOCKED.search(words):
        return "blocked"
    if _BANNED.search(words):
        return "banned"
    return "transient" if _TRANSIENT.search(words) else "permanent"
