"""The sample in the docstring of each parser is what the parser reads."""

import pytest
from wire_support import function_of, read, sample_instruments, sample_of

from common.errors import InputError
from ingestion.venues.catalogue import APIS

# Each parser once, with the first feed that it reads.
READINGS = {}
for _api in APIS:
    for _feed in _api.feeds:
        for _reading in _feed.readings:
            _function = function_of(_reading.parse)
            _name = f"{_api.api_id} {_function.__module__.removeprefix('ingestion.venues.')}.{_function.__name__}"
            READINGS.setdefault(_name, (_api, _feed, _reading))


@pytest.mark.parametrize("name", READINGS)
def test_a_parser_reads_its_sample(name):
    api, feed, reading = READINGS[name]
    sample = sample_of(reading.parse)
    if sample is None:
        pytest.skip("the parser has no sample yet")
    followed = [listed for listed in sample_instruments(api) if feed.applies_to(listed)]
    assert any(is_read(reading, sample, instrument) for instrument in followed)


def is_read(reading, sample, instrument):
    """Return whether ``sample`` has rows of ``instrument``. One that names another instrument is refused."""
    try:
        rows = read(reading, sample, instrument)
    except InputError as error:
        if "the response is about" in str(error):
            return False
        raise
    assert {row["symbol"] for row in rows} <= {instrument.symbol, instrument.symbol_native}
    return bool(rows)
