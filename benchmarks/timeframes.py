"""What the hand-written versions compute: the warehouse's timeframes, spans and thresholds, stated independently."""

DAY_SECONDS = 86_400
TIMEFRAMES = {"5m": 300, "1h": 3_600, "1d": DAY_SECONDS}
# Spans of growth; ``bar`` is one bar of the timeframe itself. A span that is no multiple of the bar has no value.
SPANS = {"bar": 0, "1h": 3_600, "4h": 4 * 3_600, "24h": DAY_SECONDS, "7d": 7 * DAY_SECONDS}
WINDOW_SECONDS = 30 * DAY_SECONDS
MINIMUM_COVERAGE = 0.7
MINIMUM_STDDEV = 1e-12
EXTREME_ZSCORE = 2.0


def lags(seconds: int) -> dict[str, int]:
    """Return, for a timeframe of ``seconds``, the rows that lie between a bar and the bar one span before it."""
    return {span: length // seconds or 1 for span, length in SPANS.items() if length % seconds == 0}
