-- One row per dataset, origin, state and reason: landed rows that count in no total, of each file or request.
with

    origins as (

        select
            dataset,
            origin,
            bool_or(
                state in ('in_core', 'quarantined')
                or coalesce(reason in ('other_collector', 'other_value_of_bar'), false)
            ) as has_rows_in_core
        from {{ ref("int_quality__account_day") }}
        group by dataset, origin

    )

select
    account.dataset,
    account.source,
    account.collector,
    account.origin,
    account.state,
    account.reason,
    sum(account.row_count)::bigint as row_count,
    count(distinct account.symbol) as symbol_count,
    array_to_string(list_sort(list(distinct account.symbol))[:5], ', ') as symbols,
    min(account.first_event_at) as first_event_at,
    max(account.last_event_at) as last_event_at,
    any_value(origins.has_rows_in_core) as has_rows_in_core
from {{ ref("int_quality__account_day") }} as account
inner join origins using (dataset, origin)
where account.state not in ('in_core', 'superseded')
group by account.dataset, account.source, account.collector, account.origin, account.state, account.reason
