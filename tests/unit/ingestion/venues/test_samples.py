"""The sample in the docstring of each parser is what the parser reads."""

import inspect
import json
import re
from functools import partial

import pytest
from wire_support import read

from common.errors import InputError
from ingestion.venues.catalogue import APIS

READINGS = {
    f"{api.api_id} {feed.name} {reading.collector}": (api, feed, reading)
    for api in APIS
    for feed in api.feeds
    for reading in feed.readings
}


def sample_of(parser):
    """Return what the docstring of ``parser`` ends with, after a line that begins with "Sample"; None without one."""
    function = parser.func if isinstance(parser, partial) else parser
    _, *sample = re.split(r"^Sample.*::$", inspect.getdoc(function) or "", flags=re.MULTILINE)
    return json.loads(sample[0]) if sample else None


def listed_instruments(api):
    """Return the contracts that the samples of ``api``'s list of markets describe: one market or several."""
    sample = sample_of(api.parse_instrument)
    infos = sample if isinstance(sample, list) else [sample]
    return [api.parse_instrument({"info": info, "swap": True}) for info in infos]


@pytest.mark.parametrize("name", READINGS)
def test_a_parser_reads_its_sample(name):
    api, feed, reading = READINGS[name]
    sample = sample_of(reading.parse)
    if sample is None:
        pytest.skip("the parser has no sample yet")
    followed = [listed for listed in listed_instruments(api) if feed.applies_to(listed)]
    assert any(is_read(reading, sample, instrument) for instrument in followed)


def is_read(reading, sample, instrument):
    """Return whether ``sample`` has rows of ``instrument``. One that names another instrument is refused."""
    try:
        return bool(read(reading, sample, instrument))
    except InputError as error:
        if "the response is about" in str(error):
            return False
        raise
