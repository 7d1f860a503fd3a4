"""The pandas frames of limited size that rules judge. SQL makes them from the rows loaded since a build.

What belongs here: the choice of rows, and columns that compare a row with others. What does not: judging them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import duckdb

from ingestion.records import Dataset
from warehouse.quality.suites import Suite

if TYPE_CHECKING:
    import pandas as pd

# DuckDB's vectors hold 2,048 rows: about 200,000 rows a frame, some 50 MB.
_VECTORS_PER_FRAME = 100

_ALLOWED_AGE_INTERVALS = 3
_ALLOWED_AGE_SECONDS = 3600


def columns_frame(con: duckdb.DuckDBPyConnection, dataset: Dataset) -> "pd.DataFrame":
    """Return one row per declared or existing column: ``column_name, declared_type, actual_type``."""
    declared = con.from_arrow(dataset.schema.empty_table())
    return con.execute(
        """
        with declared as (
            select unnest($names) as column_name, unnest($types) as declared_type
            union all values ('batch_id', 'VARCHAR'), ('load_sequence', 'BIGINT')
        ),
        actual as (
            select column_name, data_type as actual_type from information_schema.columns
            where table_schema = 'raw' and table_name = $dataset
        )
        select
            column_name,
            coalesce(declared_type, 'absent') as declared_type,
            coalesce(actual_type, 'absent') as actual_type
        from declared full join actual using (column_name)
        """,
        {"names": declared.columns, "types": [str(type_) for type_ in declared.types], "dataset": dataset.name},
    ).df()


def row_frames(con: duckdb.DuckDBPyConnection, suite: Suite, since_load_sequence: int) -> Iterator["pd.DataFrame"]:
    """Yield all rows loaded after ``since_load_sequence``, with the suite's conditions as columns.

    The frames have the ``origin`` of each row's batch and no ``payload``.
    """
    dataset = suite.dataset
    # NULL is the value of a dataset that has no columns besides its key.
    values = ", ".join(["null", *(field.name for field in dataset.fields if field.name not in dataset.key)])
    conditions = ",\n".join(f"{sql} as {name}" for name, sql in suite.conditions.items())
    # A table keeps its rows in the order of the file, and rowid is their position. Rows are compared by hashes, and the
    # result is joined back by rowid, so that DuckDB never sorts the wide rows.
    con.execute(
        f"""
        with compared as (
            select rowid as row_id, stamped_at, hash({_series(dataset)}) as series_id, hash({values}) as values_id
            from raw.{dataset.name}
            where load_sequence > $since
        ),
        stepped as (
            select *, sign(epoch_us(stamped_at) - epoch_us(lag(stamped_at) over in_order)) as step
            from compared
            window in_order as (partition by series_id order by row_id)
        ),
        -- Nearly all series run strictly in one direction. They have neither backward nor double rows.
        irregular as (
            select series_id, sign(sum(step)) as direction
            from stepped
            group by series_id
            having min(step) <> max(step) or min(step) = 0
        ),
        irregular_row as (
            select * from stepped inner join irregular using (series_id)
        ),
        backward as (
            select row_id from irregular_row where step not in (0, direction)
        ),
        disagreeing as (
            select unnest(list(row_id)) as row_id
            from irregular_row
            group by series_id, stamped_at
            having min(values_id) <> max(values_id)
        )
        select
            batch.origin,
            new.* exclude (payload),
            new.rowid not in (from backward) as stamped_at_is_monotone,
            new.rowid not in (from disagreeing) as duplicates_agree,
            {conditions}
        from raw.{dataset.name} as new
        left join (select batch_id, origin from ops.load_batch where dataset = $dataset) as batch using (batch_id)
        where new.load_sequence > $since
        window series as (partition by {_series(dataset)})
        """,
        {"since": since_load_sequence, "dataset": dataset.name},
    )
    while len(frame := con.fetch_df_chunk(_VECTORS_PER_FRAME)):
        yield frame


def _series(dataset: Dataset) -> str:
    """Return the columns that identify a series of one batch and observation."""
    return ", ".join(["batch_id", "observed_at", *(column for column in dataset.key if column != "stamped_at")])


def observations_frame(con: duckdb.DuckDBPyConnection, dataset: Dataset, since_load_sequence: int) -> "pd.DataFrame":
    """Return one row per series and live observation, with the age of the newest value at that time.

    A row was observed live if its source is live, or if its ``observed_at`` differs from that of its import, because
    then its collector recorded the time.
    """
    series = ", ".join(f"new.{column.strip()}" for column in _series(dataset).split(","))
    return con.execute(
        f"""
        select
            {series},
            max(new.stamped_at) as newest_stamped_at,
            epoch(new.observed_at - max(new.stamped_at)) as age_seconds,
            greatest({_ALLOWED_AGE_INTERVALS} * coalesce(max(new.interval_seconds), 0), {_ALLOWED_AGE_SECONDS})
                as allowed_age_seconds
        from raw.{dataset.name} as new
        left join ops.load_batch as batch on new.batch_id = batch.batch_id and batch.dataset = $dataset
        where new.load_sequence > $since
            and (new.source_mode = 'live' or new.observed_at is distinct from batch.observed_at)
        group by {series}
        """,
        {"since": since_load_sequence, "dataset": dataset.name},
    ).df()
