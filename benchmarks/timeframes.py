"""Timeframes, spans and thresholds of the hand-written versions, written independently of the warehouse's."""

DAY_SECONDS = 86_400
TIMEFRAMES = {"5m": 300, "1h": 3_600, "1d": DAY_SECONDS}
# Spans of growth; ``bar`` is one bar of the timeframe. A span that is not a multiple of the bar has no value.
SPANS = {"bar": 0, "1h": 3_600, "4h": 4 * 3_600, "24h": DAY_SECONDS, "7d": 7 * DAY_SECONDS}
# A level older than this at the end of a bar is missing: one interval of the generated rows.
MAXIMUM_AGE_SECONDS = 300
WINDOW_SECONDS = 30 * DAY_SECONDS
MINIMUM_COVERAGE = 0.7
MINIMUM_STDDEV = 1e-12
EXTREME_ZSCORE = 2.0


def lags(seconds: int) -> dict[str, int]:
    """Return the number of rows from a bar to the bar one span before it, by span, for bars of ``seconds``."""
    return {span: length // seconds or 1 for span, length in SPANS.items() if length % seconds == 0}
