"""A perpetual that its venue delists gets the date of a delivery, and stays a perpetual."""

import pytest
from wire_support import sample_instruments, sample_of

from ingestion.venues.catalogue import APIS

# The fields in which each venue states when a contract ends, as it writes them. Others have no such field.
ENDS = {
    "binance_um": {"deliveryDate": 1798185600000},
    "binance_cm": {"deliveryDate": 1798185600000},
    "bitget": {"deliveryTime": "1798185600000", "offTime": "1798185600000", "deliveryPeriod": ""},
    "bybit": {"deliveryTime": "1798185600000"},
    "deribit": {"expiration_timestamp": 1798185600000},
    "dydx": {},
    "gate": {"expire_time": 1798185600, "delisting_time": 1798185600},
    "htx": {"delivery_date": "20261225", "delivery_time": "1798185600000"},
    "hyperliquid": {},
    "kraken": {"lastTradingTime": "2026-12-25T08:00:00Z"},
    "kucoin": {"expireDate": 1798185600000, "settleDate": 1798185600000},
    "okx": {"expTime": "1798185600000"},
}


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.api_id)
def test_a_perpetual_with_an_end_stays_a_perpetual_and_a_dated_contract_dated(api):
    sample = sample_of(api.parse_instrument)
    infos = sample if isinstance(sample, list) else [sample]
    before = sample_instruments(api)
    after = [api.parse_instrument({"info": {**info, **ENDS[api.api_id]}, "swap": True}) for info in infos]
    assert [listed.market_type for listed in after] == [listed.market_type for listed in before]
    assert "perpetual" in {listed.market_type for listed in before}
    for listed in after:
        assert (listed.expiry_at is None) == (listed.market_type == "perpetual")
