select venue, venue_name, venue_kind, first_day, last_day, note from {{ ref("venue") }}
