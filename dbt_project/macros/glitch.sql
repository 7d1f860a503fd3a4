{#-
  Glitches: values of a venue that are suspended from growth (docs/decisions/0024-glitches-are-suspended.md).

  A jump is in force until the value has held for `glitch_hold_bars`, so it unsettles its own bar and some after it.
-#}
{#- The number of bars before a bar whose growth decides whether the bar is suspended. -#}
{% macro glitch_bars() -%}
    {{
        return(
            (threshold_literal("glitch_reference_bars") | int) + (threshold_literal("glitch_hold_bars") | int) - 2
        )
    }}
{%- endmacro %}

{#-
  The suspended bars of `fct_venue_open_interest`: venue_key, bar_seconds and event_at. `growths` names the relation of
  the growths that were not yet withheld: venue_key, market_key, bar_seconds, bar_number, event_at and growth_ratio. In
  an increment it has `glitch_bars` more bars than are recomputed.
-#}
{% macro suspended_bars(growths) %}
    {%- set reference_bars = threshold_literal("glitch_reference_bars") | int %}
    {%- set bars_after_jump = threshold_literal("glitch_hold_bars") | int - 2 %}
    with

        -- A venue's value jumps while the other venues of the market are calm. Few bars move so far, so only these are
        -- compared with the other venues.
        jumps as (

            select moved.venue_key, moved.bar_seconds, moved.bar_number
            from {{ growths }} as moved
            inner join
                {{ growths }} as peers
                on moved.market_key = peers.market_key
                and moved.bar_seconds = peers.bar_seconds
                and moved.bar_number = peers.bar_number
                and moved.venue_key <> peers.venue_key
            where abs(moved.growth_ratio) > {{ threshold("glitch_jump") }} and peers.growth_ratio is not null
            group by moved.venue_key, moved.bar_seconds, moved.bar_number
            having
                count(*) >= {{ threshold_literal("glitch_minimum_peers") }}
                and median(abs(peers.growth_ratio)) < {{ threshold("glitch_peer_move") }}

        ),

        -- The bars around each jump. A bar is settled when no jump is in force.
        neighbours as (

            select
                growths.venue_key,
                growths.bar_seconds,
                growths.bar_number,
                growths.event_at,
                growths.growth_ratio,
                count(jumps.bar_number) over in_force = 0 as is_settled
            from
                (
                    select distinct
                        venue_key,
                        bar_seconds,
                        bar_number + unnest(generate_series(-{{ glitch_bars() }}, {{ bars_after_jump }})) as bar_number
                    from jumps
                ) as near
            inner join {{ growths }} as growths using (venue_key, bar_seconds, bar_number)
            left join jumps using (venue_key, bar_seconds, bar_number)
            window
                in_force as (
                    partition by growths.venue_key, growths.bar_seconds
                    order by growths.bar_number range between {{ bars_after_jump }} preceding and current row
                )

        ),

        -- Each bar beside the last settled bar before it.
        referenced as (

            select
                *,
                max(case when is_settled then bar_number end) over (
                    partition by venue_key, bar_seconds
                    order by bar_number range between {{ reference_bars }} preceding and 1 preceding
                ) as settled_bar_number
            from neighbours

        )

    -- An unsettled bar is suspended, unless its value has come back to the last settled one. If no bar before was
    -- settled, the venue flickers, and every bar near a jump is suspended.
    select bar.venue_key, bar.bar_seconds, bar.event_at
    from referenced as bar
    left join
        neighbours as step
        on bar.venue_key = step.venue_key
        and bar.bar_seconds = step.bar_seconds
        and step.bar_number > bar.settled_bar_number
        and step.bar_number <= bar.bar_number
    where not bar.is_settled and {{ changed("bar.event_at") }}
    group by bar.venue_key, bar.bar_seconds, bar.event_at, bar.bar_number, bar.settled_bar_number
    having
        bar.settled_bar_number is null
        or (
            -- After a change of rule the value cannot be compared.
            count(step.growth_ratio) = bar.bar_number - bar.settled_bar_number
            and abs(product(1 + step.growth_ratio) - 1) > {{ threshold("glitch_jump") }}
        )

    {% if is_incremental() %}
        union all

        -- The bars that this build does not compute again are as they were.
        select hash(source, venue, asset) as venue_key, {{ timeframe_seconds("timeframe") }} as bar_seconds, event_at
        from {{ this }}
        where is_suspended and event_at < {{ recompute_from() }} and {{ changed("event_at", window="growth") }}
    {% endif %}
{% endmacro %}
