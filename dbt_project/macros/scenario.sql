{#- The fixed leverages, moves and risks of the scenario of leverage and of the trade plan. Each names columns or rows. -#}
{#- The leverages of the scenario. -#}
{% macro scenario_leverages() -%} {{ return([5, 10, 20, 50, 100]) }} {%- endmacro %}

{#- The adverse moves of the price in the scenario, in percent. -#}
{% macro scenario_moves_percent() -%} {{ return([1, 2, 5, 10]) }} {%- endmacro %}

{#- The leverages for which a trade plan gives the liquidation price. -#}
{% macro trade_plan_leverages() -%} {{ return([5, 10, 20]) }} {%- endmacro %}

{#- The losses at the stop for which a trade plan gives a size, in percent of the capital. -#}
{% macro trade_plan_risks_percent() -%} {{ return([1, 2]) }} {%- endmacro %}
