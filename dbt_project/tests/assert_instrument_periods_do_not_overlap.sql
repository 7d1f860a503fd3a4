select one.venue, one.symbol, one.valid_from, one.valid_to, other.valid_from as other_valid_from
from {{ ref("dim_instrument") }} as one
left join
    {{ ref("dim_instrument") }} as other
    on one.venue = other.venue
    and one.symbol = other.symbol
    and one.valid_from < other.valid_from
    and other.valid_from < one.valid_to
where other.symbol is not null or one.valid_from >= one.valid_to
