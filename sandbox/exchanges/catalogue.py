"""The list of all simulated APIs: the exchanges, and CoinGecko for market caps.

What belongs here: the list. What does not: anything about one API (the modules beside this one).
"""

from sandbox.exchanges.binance_cm import BINANCE_CM
from sandbox.exchanges.binance_um import BINANCE_UM
from sandbox.exchanges.bitget import BITGET
from sandbox.exchanges.bybit import BYBIT
from sandbox.exchanges.coingecko import COINGECKO
from sandbox.exchanges.deribit import DERIBIT
from sandbox.exchanges.gate import GATE
from sandbox.exchanges.hyperliquid import HYPERLIQUID
from sandbox.exchanges.okx import OKX

APIS = (BINANCE_UM, BINANCE_CM, BYBIT, OKX, BITGET, GATE, HYPERLIQUID, DERIBIT, COINGECKO)
