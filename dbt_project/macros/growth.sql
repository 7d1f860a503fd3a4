{#-
  Growth of open interest counts contracts (docs/decisions/0023-growth-counts-contracts.md). The sums of a venue are in
  `fct_venue_open_interest`; the legs of `int_venue__open_interest_leg` need sums of their own.
-#}
{#-
  Open interest of now in the coins that its contracts were worth `bars` rows earlier in the window `grid`; NULL where
  an end is missing. For a contract that is sized in coins these are its coins of now.
-#}
{% macro linked_base(grid, bars=1) -%}
    oi_quantity * lag(oi_base / oi_quantity, {{ bars }}) over {{ grid }}
{%- endmacro %}

{#-
  Growth over a span (`bar`, or a lookback by name) from the two sums of `fct_venue_open_interest`. Both are over the
  instruments that were present at both ends under one methodology.
-#}
{% macro linked_growth(span) -%} linked_{{ span }}_base / nullif(previous_{{ span }}_base, 0) - 1 {%- endmacro %}

{#- The growth basis of the rows of a group: theirs where all have the same, else `mixed`. NULL is ignored. -#}
{% macro common_growth_basis(basis) -%}
    case
        when min({{ basis }}) = max({{ basis }}) then min({{ basis }}) when min({{ basis }}) is not null then 'mixed'
    end
{%- endmacro %}
