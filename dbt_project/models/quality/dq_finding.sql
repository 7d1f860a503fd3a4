-- Every finding of every rule, with the name of the rule. Each rule is a model of its own
-- (models/quality/internal/finding).
{%- set rules = [
    "zero_open_interest",
    "wrong_unit",
    "cross_source_difference",
    "restated_history",
    "venue_renamed",
    "missing_venue",
    "missing_bars",
    "stale_open_interest",
    "jump_against_peers",
    "change_exceeds_volume",
    "unmapped_methodology",
] %}

{% for rule in rules %}
    select
        '{{ rule }}' as rule,
        handling,
        source,
        series,
        venue,
        asset,
        first_event_at,
        last_event_at,
        row_count::bigint as row_count,
        observed_value,
        expected_value,
        explanation
    from {{ ref("int_finding__" ~ rule) }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
