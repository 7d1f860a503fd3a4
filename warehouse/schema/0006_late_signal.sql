-- The watch keeps the builds of the last minutes, so each row has the last observed instant of its build.
alter table ops.signal_watch rename to former_signal_watch;
create table ops.signal_watch (
    source varchar not null,
    asset varchar not null,
    timeframe varchar not null,
    signal varchar not null,
    parameters_version integer not null,
    evaluated_to timestamp not null,
    observed_at timestamp not null
);
insert into ops.signal_watch
select former_signal_watch.*, (select max(observed_at) from ops.load_batch) from ops.former_signal_watch;
drop table ops.former_signal_watch;

-- No build makes the ledger anew. A file without a build has no ledger.
alter table if exists marts.fct_signal add column escalates varchar;
