select
    contract_spec.venue,
    contract_spec.symbol,
    symbol_multiplier.asset,
    contract_spec.market_type,
    contract_spec.settlement,
    contract_spec.contract_unit,
    contract_spec.contract_size,
    symbol_multiplier.multiplier,
    contract_spec.expiry_at,
    coalesce(contract_spec.valid_from, timestamp '1970-01-01') as valid_from,
    coalesce(contract_spec.valid_to, timestamp '9999-01-01') as valid_to,
    contract_spec.confidence,
    contract_spec.evidence
from {{ ref("contract_spec") }} as contract_spec
inner join {{ ref("symbol_multiplier") }} as symbol_multiplier
    on contract_spec.symbol_native = symbol_multiplier.symbol_native
