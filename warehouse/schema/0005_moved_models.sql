-- Models that have moved to another schema or have got another name: the next build makes them there, and nobody is to
-- publish or read what the last build left here.
drop view if exists marts.fct_reference_price;
drop table if exists intermediate.int_price__reference;
drop table if exists intermediate.int_open_interest__venue;
drop table if exists intermediate.int_quality__unit_suspect;
