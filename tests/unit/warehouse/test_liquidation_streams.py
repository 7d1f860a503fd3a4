"""The seed `liquidation_stream` says of every stream what the collector does."""

import csv
from collections import defaultdict
from itertools import product

import pytest

from ingestion.api.feed import Instrument
from ingestion.live.instruments import instrument_reading
from ingestion.stream.catalogue import CHANNELS
from ingestion.venues.catalogue import APIS
from warehouse.dbt_project import DBT_DIR

with (DBT_DIR / "seeds" / "liquidation_stream.csv").open(newline="") as file:
    SEED = list(csv.DictReader(file))
COLLECTORS = {channel.api_id: channel.collector for channel in CHANNELS}


def instrument(market_type, settlement, settle):
    return Instrument("X", "X", "USD", settle, market_type, settlement, "base", 1.0, None, None, True, {})


def test_every_stream_is_in_the_seed():
    assert {row["collector"] for row in SEED} == set(COLLECTORS.values())


@pytest.mark.parametrize("api_id", sorted(COLLECTORS))
def test_the_contracts_of_a_stream_come_from_the_list_of_its_api(api_id):
    (api,) = (api for api in APIS if api.api_id == api_id)
    lists = {row["instrument_collector"] for row in SEED if row["collector"] == COLLECTORS[api_id]}
    assert lists == {instrument_reading(api).collector}


def test_a_stream_speaks_of_the_types_that_its_channels_cover():
    covered = defaultdict(set)
    for channel in CHANNELS:
        for market_type, settlement, settle in product(("perpetual", "dated"), ("linear", "inverse"), ("USDT", "BTC")):
            if channel.covers(instrument(market_type, settlement, settle)):
                covered[channel.collector].add(market_type)
    stated = defaultdict(set)
    for row in SEED:
        stated[row["collector"]].add(row["market_type"])
    assert stated == covered
