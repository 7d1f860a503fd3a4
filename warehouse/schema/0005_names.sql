-- Rename the raw tables and the ledger of older versions to the present names (docs/decisions/0022-former-names.md). The
-- next build makes every other table anew.
alter table raw.open_interest rename column stamp_habit to label_convention;
alter table raw.candle rename column stamp_habit to label_convention;
alter table raw.funding_rate rename column stamp_habit to label_convention;
alter table raw.liquidation rename column stamp_habit to label_convention;
alter table raw.long_short_ratio rename column stamp_habit to label_convention;
alter table raw.circulating_supply rename column stamp_habit to label_convention;
alter table raw.instrument rename column stamp_habit to label_convention;
alter table raw.liquidation_event rename column stamp_habit to label_convention;
alter table raw.listening rename column stamp_habit to label_convention;
alter table raw.listening rename column listened_from to covered_from;
alter table raw.listening rename to stream_coverage;
update ops.load_batch set dataset = 'stream_coverage' where dataset = 'listening';
update ops.rejected_batch set dataset = 'stream_coverage' where dataset = 'listening';

-- No build makes the ledger anew. A file without a build has no ledger.
alter table if exists marts.fct_signal_outcome rename column matures_at to known_at;
alter table if exists marts.fct_signal alter column evidence set data type varchar using
    replace(replace(replace(evidence,
        '"oi_rate_ratio":', '"oi_growth_ratio":'),
        '"funding_percentile_365d":', '"funding_percentile_365d_ratio":'),
        '"oi_to_market_cap_percentile_ratio":', '"oi_to_market_cap_percentile_365d_ratio":');
