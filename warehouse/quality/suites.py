"""The suite of every raw dataset: the rules for its rows, and the conditions that SQL computes for the rules.

What belongs here: rules and the reasons for their numbers. What does not: running them (boundary).
"""

from dataclasses import dataclass, replace
from typing import get_args

from common.settings import SourceMode
from ingestion.records import (
    CANDLE,
    CIRCULATING_SUPPLY,
    EARLIEST_STAMP,
    FUNDING_RATE,
    INSTRUMENT,
    LIQUIDATION,
    LIQUIDATION_EVENT,
    LONG_SHORT_RATIO,
    LONGEST_AHEAD,
    OPEN_INTEREST,
    STREAM_COVERAGE,
    Coverage,
    Dataset,
    LabelConvention,
    LiquidationPriceKind,
    MarketType,
    PositionSide,
    PriceKind,
    RatioBasis,
    Scope,
    Settlement,
)
from warehouse.quality.rules import Rule, holds, is_not_negative, is_one_of, is_ordered, is_positive

# The median of fewer rows is not typical: one squeeze could look like a wrong unit.
_TYPICAL_RATE_ROWS = 20


@dataclass(frozen=True)
class Suite:
    """The rules of one dataset.

    ``conditions`` maps a column that is added to the frame ``rows`` to its SQL on a raw row. The SQL may use the window
    ``series``: the new rows of one batch, series and observation.
    """

    dataset: Dataset
    rules: tuple[Rule, ...]
    conditions: dict[str, str]


_IS_NOT_STALE = replace(
    is_ordered(
        "is_not_stale",
        "The newest row of a live observation is at most three intervals old, or one hour if that is longer.",
        high="allowed_age_seconds",
        low="age_seconds",
    ),
    frame="observations",
    is_blocking=False,
)


def _suite(dataset: Dataset, rules: tuple[Rule, ...], conditions: dict[str, str] | None = None) -> Suite:
    """Return the suite of a dataset: the rules of all datasets, then its own."""
    values = tuple(dataset.values)
    required = [field.name for field in dataset.schema if not field.nullable]
    finite = " and ".join(["true", *(f"coalesce(isfinite({value}), true)" for value in values)])
    measured = f"coalesce({', '.join(values)}) is not null" if values else "true"
    units = sorted({unit for allowed in dataset.values.values() for unit in allowed})
    common = (
        Rule(
            "columns_are_as_declared",
            "The table has the columns and types of ingestion/records.py.",
            "ExpectColumnPairValuesToBeEqual",
            {"column_A": "declared_type", "column_B": "actual_type"},
            frame="columns",
        ),
        holds("required_values_are_set", f"{', '.join(required)} are not NULL."),
        is_one_of("source_mode", get_args(SourceMode)),
        is_one_of("scope", get_args(Scope)),
        is_one_of("label_convention", get_args(LabelConvention)),
        *([is_one_of("native_unit", units)] if units else []),
        is_positive("interval_seconds"),
        holds("venue_is_named", "venue_native is not NULL, except for totals of a market and values of an asset."),
        holds("bars_have_an_interval", "interval_seconds is not NULL if the label is the start or the end of a bar."),
        holds("values_are_finite", "No value is NaN or infinite."),
        replace(holds("has_a_value", "At least one value of the row is not NULL."), is_blocking=False),
        is_ordered(
            "stamped_at_is_not_too_early",
            f"stamped_at is at or after {EARLIEST_STAMP:%Y-%m-%d}.",
            high="stamped_at",
            low="earliest_stamped_at",
        ),
        is_ordered(
            "stamped_at_is_not_in_the_future",
            "stamped_at is at most one day after observed_at.",
            high="latest_stamped_at",
            low="stamped_at",
        ),
        holds("stamped_at_is_monotone", "stamped_at only rises or only falls within a series of a batch."),
        holds("duplicates_agree", "Rows with the same batch, key and observation have the same values."),
        # Liquidations are irregular, and a venue lists several days of them. So an old event does not mean a stale
        # source.
        *([] if dataset is LIQUIDATION_EVENT else [_IS_NOT_STALE]),
    )
    return Suite(
        dataset,
        common + rules,
        {
            "required_values_are_set": " and ".join(f"{column} is not null" for column in required),
            "venue_is_named": "venue_native is not null or scope in ('market_total', 'asset')",
            "bars_have_an_interval": "interval_seconds is not null or label_convention not in ('start', 'end')",
            "values_are_finite": finite,
            "has_a_value": measured,
            "earliest_stamped_at": f"timestamp '{EARLIEST_STAMP}'",
            "latest_stamped_at": f"observed_at + interval {LONGEST_AHEAD.days} day",
            **(conditions or {}),
        },
    )


def _open_interest() -> Suite:
    return _suite(
        OPEN_INTEREST,
        (is_not_negative("oi_native"), is_not_negative("value_usd_native"), is_positive("price_usd_native")),
    )


def _candle() -> Suite:
    return _suite(
        CANDLE,
        (
            is_one_of("price_kind", get_args(PriceKind)),
            *(is_positive(price) for price in ("open_usd", "high_usd", "low_usd", "close_usd")),
            is_ordered(
                "high_is_highest", "high_usd is at least open, low and close.", high="high_usd", low="highest_usd"
            ),
            is_ordered("low_is_lowest", "low_usd is at most open, high and close.", high="lowest_usd", low="low_usd"),
            is_not_negative("volume_native"),
            is_not_negative("turnover_usd"),
            holds("volume_has_a_unit", "native_unit is not NULL if volume_native is not NULL."),
        ),
        {
            "highest_usd": "greatest(open_usd, low_usd, close_usd)",
            "lowest_usd": "least(open_usd, high_usd, close_usd)",
            "volume_has_a_unit": "native_unit is not null or volume_native is null",
        },
    )


def _funding_rate() -> Suite:
    return _suite(
        FUNDING_RATE,
        (
            # No venue settles more than a few percent. The widest cap is dYdX's, 12 %.
            Rule(
                "rate_is_plausible",
                "The rate is between -12 % and 12 % of the position, in its own unit.",
                "ExpectColumnValuesToBeBetween",
                {"column": "rate_ratio", "min_value": -0.12, "max_value": 0.12},
            ),
            Rule(
                "typical_rate_is_no_percent",
                f"The median of |rate| is at most 0.1 % in a series with {_TYPICAL_RATE_ROWS} or more new rows. A "
                "higher median means that a percent was taken for a fraction.",
                "ExpectColumnValuesToBeBetween",
                {"column": "typical_rate_ratio", "max_value": 0.001},
            ),
            is_positive("funding_interval_hours"),
        ),
        {
            "rate_ratio": "rate_native / case native_unit when 'percent' then 100 else 1 end",
            "typical_rate_ratio": (
                f"case when count(*) over series >= {_TYPICAL_RATE_ROWS} then median(abs(rate_ratio)) over series end"
            ),
        },
    )


def _liquidation() -> Suite:
    return _suite(
        LIQUIDATION,
        (is_one_of("coverage", get_args(Coverage)), is_not_negative("long_native"), is_not_negative("short_native")),
    )


def _long_short_ratio() -> Suite:
    return _suite(
        LONG_SHORT_RATIO,
        (
            is_one_of("basis", get_args(RatioBasis)),
            is_not_negative("long_native"),
            is_not_negative("short_native"),
            is_positive("ratio_native"),
            is_ordered("long_share_is_a_share", "long_native is at most 1, or 100 %.", high="whole", low="long_native"),
            is_ordered(
                "short_share_is_a_share", "short_native is at most 1, or 100 %.", high="whole", low="short_native"
            ),
            holds("shares_add_up", "The long and the short share add up to 1, or 100 %, within 1 %."),
            holds(
                "ratio_is_long_over_short",
                "ratio_native equals long / short, within rounding. Otherwise the sides are swapped.",
            ),
        ),
        {
            "whole": "case native_unit when 'fraction' then 1.0 when 'percent' then 100.0 end",
            "shares_add_up": ("coalesce(abs(long_native + short_native - whole) <= 0.01 * whole, true)"),
            # Sources round the shares and the ratio to two digits independently.
            "ratio_is_long_over_short": (
                "coalesce("
                "abs(ratio_native - long_native / nullif(short_native, 0)) <= 0.02 + 0.05 * ratio_native, true)"
            ),
        },
    )


def _circulating_supply() -> Suite:
    return _suite(
        CIRCULATING_SUPPLY, (is_positive("supply_base"), is_positive("market_cap_usd"), is_positive("price_usd"))
    )


def _instrument() -> Suite:
    return _suite(
        INSTRUMENT,
        (
            is_one_of("market_type", get_args(MarketType)),
            is_one_of("settlement", get_args(Settlement)),
            is_one_of("contract_unit", ("base", "usd")),
            is_positive("contract_size"),
            holds("dated_contracts_expire", "expiry_at is set for dated contracts only, and for each of them."),
        ),
        {"dated_contracts_expire": "(expiry_at is not null) = (market_type = 'dated')"},
    )


def _liquidation_event() -> Suite:
    return _suite(
        LIQUIDATION_EVENT,
        (
            is_one_of("position_side", get_args(PositionSide)),
            is_one_of("price_kind", get_args(LiquidationPriceKind)),
            is_one_of("coverage", get_args(Coverage)),
            is_positive("quantity_native"),
            is_positive("price_usd_native"),
        ),
    )


def _stream_coverage() -> Suite:
    return _suite(
        STREAM_COVERAGE,
        (is_ordered("time_runs_forward", "covered_from is at or before stamped_at, the end of the interval.",
                    high="stamped_at", low="covered_from"),),
    )  # fmt: skip


SUITES: dict[str, Suite] = {
    suite.dataset.name: suite
    for suite in (
        _open_interest(),
        _candle(),
        _funding_rate(),
        _liquidation(),
        _long_short_ratio(),
        _circulating_supply(),
        _instrument(),
        _liquidation_event(),
        _stream_coverage(),
    )
}

# The rules by dataset, for an orchestrator that declares the checks before a run.
RULES: dict[str, tuple[Rule, ...]] = {name: suite.rules for name, suite in SUITES.items()}
