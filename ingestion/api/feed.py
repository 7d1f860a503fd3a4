"""The declarations of a venue's module: its APIs, their feeds, and the readings that make records of a response.

What belongs here: the classes that venue modules fill and the engine (``ingestion/live``) runs. What does not: a single
venue's paths and fields (ingestion/venues), retry, paging, state and landing (the engine).

All datetimes are UTC and naive.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from ingestion.api.rows import Row
from ingestion.records import Dataset, LabelConvention, MarketType, Settlement, Unit

if TYPE_CHECKING:
    from ccxt.async_support.base.exchange import Exchange as CcxtExchange

    Exchange: TypeAlias = CcxtExchange
else:
    # ccxt takes a second to import. Venue modules need the class only in annotations, so they import it from here.
    Exchange = object

# The length of the requested bars, where the venue has bars of this length, and the time between two snapshots.
BAR = timedelta(minutes=5)
BAR_SECONDS = 300


@dataclass(frozen=True)
class Instrument:
    """A contract as its venue lists it. ``symbol`` is the venue's own, ``symbol_native`` its name of the base coin.

    One contract is ``contract_size`` base coins (``contract_unit`` 'base') or USD ('usd'). For venues that count in
    coins, the size is one coin. ``payload`` is the venue's own description of the contract.
    """

    symbol: str
    symbol_native: str
    quote: str
    settle: str
    market_type: MarketType
    settlement: Settlement
    contract_unit: Unit
    contract_size: float
    listed_at: datetime | None
    expiry_at: datetime | None
    is_trading: bool
    payload: Mapping[str, Any] = field(hash=False, compare=False)


@dataclass(frozen=True)
class Window:
    """The time labels of one requested page: from ``since`` (included) to ``until`` (excluded)."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Response:
    """One response of a venue, the time of its arrival, and the followed instruments of the request, by symbol.

    A bulk response also has rows of other symbols. The parser skips them.
    """

    payload: Any
    received_at: datetime
    instruments: Mapping[str, Instrument]

    @property
    def instrument(self) -> Instrument:
        """The instrument of a request about one instrument. Raises ValueError when there are several."""
        (instrument,) = self.instruments.values()
        return instrument

    @property
    def symbol(self) -> str:
        """The symbol of that instrument."""
        return self.instrument.symbol


# ``request(exchange, instrument, window)``; see Feed.
Request = Callable[[Exchange, Any, Any], Awaitable[Any]]
Parser = Callable[[Response], Iterable[Row]]


@dataclass(frozen=True)
class Reading:
    """How to read records of one dataset out of a response, under one collector's name.

    ``interval_seconds`` is the length of a row's bar or, of instants, how far apart they are. It is None for rows that
    come at no fixed distance: settlements and events.
    ``parse`` is pure. It raises InputError when the response does not have the documented shape (a missing field, a
    wrong type). It never guesses and never drops a damaged row. An empty value becomes None.
    """

    collector: str
    dataset: Dataset
    label_convention: LabelConvention
    parse: Parser
    interval_seconds: int | None = BAR_SECONDS


@dataclass(frozen=True)
class Feed:
    """One endpoint: its request, the readings of its response, and the depth and step of its history.

    ``request(exchange, instrument, window)`` awaits one implicit method of ccxt (raw response) or a request of our own
    through ccxt's transport and rate limiter. ``instrument`` is None for a bulk feed (one call for all instruments),
    ``window`` is None for a snapshot (``label_spacing`` None). The engine requests a history window by window, each of
    at most ``page_rows`` labels, which lie ``label_spacing`` apart. What a shorter page left out is requested next,
    unless ``is_paged_by_request``: then the request itself reads all pages of its window.

    ``retention`` is how far back the venue keeps the data (None: to the listing). ``weight`` is the cost of a request
    in the venue's own unit of limits, for the capability table. ``requests_per_second`` is a limit of this endpoint
    that ccxt does not apply. ``applies_to`` tells whether an instrument has the feed. ``evidence`` names the
    documentation.
    """

    name: str
    path: str
    request: Request
    readings: tuple[Reading, ...]
    weight: str
    evidence: str
    is_bulk: bool = False
    label_spacing: timedelta | None = None
    page_rows: int | None = None
    is_paged_by_request: bool = False
    retention: timedelta | None = None
    requests_per_second: float | None = None
    applies_to: Callable[[Instrument], bool] = lambda _: True


@dataclass(frozen=True)
class VenueApi:
    """One API of a venue, with its own host and rate limit. Binance has two (``binance_um``, ``binance_cm``).

    ``venue`` is the name in the seeds, ``instrument_collector`` the collector name of the instruments that the API
    lists. ``ccxt_options`` narrow ccxt's market loading to derivatives.
    ``parse_instrument`` reads one market of ``exchange.load_markets()`` from its raw ``info``. It returns None for all
    but crypto perpetuals and dated futures in USD, USDT, USDC or a coin. It raises InputError when a field is missing
    or has a wrong type.
    """

    api_id: str
    venue: str
    ccxt_id: str
    instrument_collector: str
    parse_instrument: Callable[[Mapping[str, Any]], Instrument | None]
    feeds: tuple[Feed, ...]
    ccxt_options: Mapping[str, Any] = field(default_factory=dict, hash=False)
