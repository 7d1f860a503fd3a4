select
    methodology_id,
    source,
    scope,
    venue,
    settlement,
    native_field,
    native_unit,
    sides,
    sides_confidence,
    price_used,
    label_convention,
    coalesce(valid_from, timestamp '1970-01-01') as valid_from,
    coalesce(valid_to, timestamp '9999-01-01') as valid_to,
    evidence
from {{ ref("oi_methodology") }}
