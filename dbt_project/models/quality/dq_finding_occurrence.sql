-- Every occurrence of every finding, with the name of the rule. Each rule is a model of its own
-- (models/quality/internal/finding).
{%- set findings = {
    "zero_open_interest": ref("int_finding__zero_open_interest"),
    "wrong_unit": ref("int_finding__wrong_unit"),
    "implied_price": ref("int_finding__implied_price"),
    "cross_source_difference": ref("int_finding__cross_source_difference"),
    "restated_history": ref("int_finding__restated_history"),
    "venue_renamed": ref("int_finding__venue_renamed"),
    "missing_venue": ref("int_finding__missing_venue"),
    "missing_bars": ref("int_finding__missing_bars"),
    "stale_open_interest": ref("int_finding__stale_open_interest"),
    "jump_against_peers": ref("int_finding__jump_against_peers"),
    "change_exceeds_volume": ref("int_finding__change_exceeds_volume"),
    "unmapped_methodology": ref("int_finding__unmapped_methodology"),
} %}

{% for rule, finding in findings.items() %}
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
    from {{ finding }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
