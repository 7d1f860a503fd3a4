with

    core_counts as (

        select source, 'instrument' as scope, count(*) as row_count
        from {{ tested(ref("fct_open_interest")) }}
        group by source

        union all

        select source, 'venue_total' as scope, count(*) as row_count
        from {{ tested(ref("fct_venue_total_open_interest")) }}
        group by source

    ),

    reported_counts as (

        select source, scope, count(*) as row_count
        from {{ tested(ref("dq_open_interest_as_reported")) }}
        group by source, scope

    )

select source, scope, core_counts.row_count as core_row_count, reported_counts.row_count as reported_row_count
from core_counts
full join reported_counts using (source, scope)
where core_counts.row_count is distinct from reported_counts.row_count
