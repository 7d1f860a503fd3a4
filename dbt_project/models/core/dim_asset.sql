select
    asset, string_agg(symbol_native, ', ' order by symbol_native) as native_codes, max(multiplier) as largest_multiplier
from {{ ref("symbol_multiplier") }}
group by asset
