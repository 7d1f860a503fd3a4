-- One row per series, signal and version of its parameters: the newest bar that a completed build has evaluated. It is
-- written in the transaction that records the build. A signal that a later build finds on this bar or before it is late.
create table ops.signal_watch (
    source varchar not null,
    asset varchar not null,
    timeframe varchar not null,
    signal varchar not null,
    parameters_version integer not null,
    evaluated_to timestamp not null
);
