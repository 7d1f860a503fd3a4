-- The datasets of live collection: contracts as their venues list them, single forced closes, and the times at which a
-- stream was connected.
create table raw.instrument (
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
    symbol_native varchar not null,
    quote varchar not null,
    settle varchar not null,
    market_type varchar not null,
    settlement varchar not null,
    contract_unit varchar not null,
    contract_size double not null,
    listed_at timestamp,
    expiry_at timestamp,
    is_trading boolean not null,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.liquidation_event (
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
    event_id varchar not null,
    position_side varchar not null,
    quantity_native double not null,
    native_unit varchar not null,
    price_usd_native double,
    price_kind varchar not null,
    coverage varchar not null,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);

create table raw.listening (
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
    listened_from timestamp not null,
    payload varchar,
    batch_id varchar not null,
    load_sequence bigint not null
);
