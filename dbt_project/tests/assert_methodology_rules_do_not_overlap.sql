select one.methodology_id, other.methodology_id as overlapping_methodology_id, other.valid_from, other.valid_to
from {{ ref("dim_oi_methodology") }} as one
inner join
    {{ ref("dim_oi_methodology") }} as other
    on one.source = other.source
    and one.scope = other.scope
    and one.venue = other.venue
    and one.settlement = other.settlement
    and one.native_field = other.native_field
    and one.native_unit = other.native_unit
    and one.methodology_id < other.methodology_id
    and one.valid_from < other.valid_to
    and other.valid_from < one.valid_to

union all

select methodology_id, null as overlapping_methodology_id, valid_from, valid_to
from {{ ref("dim_oi_methodology") }}
where valid_from >= valid_to
