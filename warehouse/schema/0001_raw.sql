-- One raw table per dataset: the columns of ingestion/records.py, the row's batch and its load. They have no primary keys,
-- which would make a bulk load ten times slower. Staging restores the grain, and dbt tests it there.
create schema raw;
create schema ops;

create sequence ops.load_sequence;

-- One row per loaded batch, written in the same transaction as its rows.
create table ops.load_batch (
    batch_id varchar not null,
    dataset varchar not null,
    collector varchar not null,
    origin varchar not null,
    content_sha256 varchar not null,
    observed_at timestamp not null,
    row_count bigint not null,
    load_sequence bigint not null,
    loaded_at timestamp not null
);

-- One row per completed build: the newest load that it includes, and the hash of its code and seeds.
create table ops.build (
    build_id varchar not null,
    load_sequence bigint not null,
    code_sha256 varchar not null,
    is_full_refresh boolean not null,
    started_at timestamp not null,
    finished_at timestamp not null
);

create table raw.open_interest (
    source varchar not null,
    source_mode varchar not null,
    collector varchar not null,
    scope varchar not null,
    venue_native varchar,
    symbol varchar not null,
    stamped_at timestamp not null,
    stamp_habit varchar not null,
    interval_seconds integer,
    observed_at timestamp not null,
    native_field varchar not null,
    oi_native double,
    native_unit varchar not null,
    value_usd_native double,
    price_usd_native double,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.candle (
    source varchar not null,
    source_mode varchar not null,
    collector varchar not null,
    scope varchar not null,
    venue_native varchar,
    symbol varchar not null,
    stamped_at timestamp not null,
    stamp_habit varchar not null,
    interval_seconds integer,
    observed_at timestamp not null,
    price_kind varchar not null,
    open_usd double,
    high_usd double,
    low_usd double,
    close_usd double,
    volume_native double,
    native_unit varchar,
    turnover_usd double,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.funding_rate (
    source varchar not null,
    source_mode varchar not null,
    collector varchar not null,
    scope varchar not null,
    venue_native varchar,
    symbol varchar not null,
    stamped_at timestamp not null,
    stamp_habit varchar not null,
    interval_seconds integer,
    observed_at timestamp not null,
    rate_native double,
    native_unit varchar not null,
    funding_interval_hours double,
    is_settled boolean not null,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.liquidation (
    source varchar not null,
    source_mode varchar not null,
    collector varchar not null,
    scope varchar not null,
    venue_native varchar,
    symbol varchar not null,
    stamped_at timestamp not null,
    stamp_habit varchar not null,
    interval_seconds integer,
    observed_at timestamp not null,
    long_native double,
    short_native double,
    native_unit varchar not null,
    coverage varchar not null,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.long_short_ratio (
    source varchar not null,
    source_mode varchar not null,
    collector varchar not null,
    scope varchar not null,
    venue_native varchar,
    symbol varchar not null,
    stamped_at timestamp not null,
    stamp_habit varchar not null,
    interval_seconds integer,
    observed_at timestamp not null,
    basis varchar not null,
    long_native double,
    short_native double,
    native_unit varchar not null,
    ratio_native double,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.circulating_supply (
    source varchar not null,
    source_mode varchar not null,
    collector varchar not null,
    scope varchar not null,
    venue_native varchar,
    symbol varchar not null,
    stamped_at timestamp not null,
    stamp_habit varchar not null,
    interval_seconds integer,
    observed_at timestamp not null,
    supply_base double,
    market_cap_usd double,
    price_usd double,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);
