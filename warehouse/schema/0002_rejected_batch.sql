-- Batches that `oiw reject` removed from the raw tables: the loader does not load them.
create table ops.rejected_batch (
    batch_id varchar not null,
    dataset varchar not null,
    collector varchar not null,
    origin varchar not null,
    row_count bigint not null,
    reason varchar not null,
    rejected_at timestamp not null
);
