{#-
  The shares of each group `per` add up to 1 within `tolerance`. A group without any share passes, because its shares
  are missing.
-#}
{% test expect_share_sum(model, column_name, per, tolerance=1e-9) %}
    select {{ per | join(", ") }}, sum({{ column_name }}) as share_sum
    from {{ tested(model) }}
    group by {{ per | join(", ") }}
    having abs(sum({{ column_name }}) - 1) > {{ tolerance }}
{% endtest %}
