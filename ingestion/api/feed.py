"""What a venue's module declares: its APIs, their feeds, and how a response becomes records.

What belongs here: the shapes that venue modules fill and the engine (``ingestion/live``) runs. What does not: a single
venue's paths and fields (the modules beside this one), retry, paging, state and landing (the engine).

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
    # ccxt takes a second to import. A venue's module names its class in annotations only and imports it from here.
    Exchange = object

# The bar of every history that a venue keeps that fine, and how often a snapshot is taken.
BAR = timedelta(minutes=5)
BAR_SECONDS = 300


@dataclass(frozen=True)
class Instrument:
    """A contract as its venue lists it. ``symbol`` is the venue's own, ``symbol_native`` its name of the base coin.

    A contract is of ``contract_size`` base coins (``contract_unit`` 'base') or USD ('usd'); venues that count in coins
    have contracts of one coin. ``payload`` is the venue's own description of it.
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
    """The time labels that a page is requested for: ``since`` included, ``until`` not."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Response:
    """One response of a venue, when it arrived, and the followed instruments that it may speak of, by symbol.

    Rows of other symbols in a bulk response are left out by the parser.
    """

    payload: Any
    received_at: datetime
    instruments: Mapping[str, Instrument]

    @property
    def instrument(self) -> Instrument:
        """The only instrument of a response to a request about one."""
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
    """What is read out of a response: records of one dataset under one collector's name.

    ``interval_seconds`` is the length of a row's bar or, of instants, how far apart they are. It is None for rows that
    come at no fixed distance: settlements and events.
    ``parse`` is pure. It raises InputError when the response does not have the documented shape (a missing field, a
    wrong type): it never guesses and never skips a row in silence. A value that the venue leaves empty is None.
    """

    collector: str
    dataset: Dataset
    label_convention: LabelConvention
    parse: Parser
    interval_seconds: int | None = BAR_SECONDS


@dataclass(frozen=True)
class Feed:
    """One endpoint: how to request it, what to read out of the response, and how deep and fine it goes.

    ``request(exchange, instrument, window)`` awaits one implicit method of ccxt (raw response) or a request of our own
    through ccxt's transport and rate limiter. ``instrument`` is None for a bulk feed (one call for all instruments),
    ``window`` is None for a snapshot (``label_spacing`` None). A history feed is requested page by page, each page a
    window of at most ``page_rows`` labels that lie ``label_spacing`` apart.
    ``retention`` is how far back the venue keeps it (None: to the listing); ``weight`` its cost in the venue's own
    currency of limits, for the capability table; ``requests_per_second`` a limit of the endpoint's own that ccxt does
    not know of. ``applies_to`` says which instruments have it; ``evidence`` where all this is documented.
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
    retention: timedelta | None = None
    requests_per_second: float | None = None
    applies_to: Callable[[Instrument], bool] = lambda _: True


@dataclass(frozen=True)
class VenueApi:
    """One API of a venue, with its own host and rate limit. Binance has two (``binance_um``, ``binance_cm``).

    ``venue`` is the name in the seeds. ``ccxt_options`` narrow ccxt's market loading to derivatives.
    ``parse_instrument`` reads one market of ``exchange.load_markets()`` from its raw ``info``. It returns None for all
    but crypto perpetuals and dated futures in USD, USDT, USDC or a coin. It raises InputError when a field is missing
    or has a wrong type.
    """

    api_id: str
    venue: str
    ccxt_id: str
    parse_instrument: Callable[[Mapping[str, Any]], Instrument | None]
    feeds: tuple[Feed, ...]
    ccxt_options: Mapping[str, Any] = field(default_factory=dict, hash=False)
