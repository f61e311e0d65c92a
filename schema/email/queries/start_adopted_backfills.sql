-- $1 who text. Returns for each that was started: inbox id text, config id text, from text, messages that are to be
-- read bigint
select b.inbox_id::text, b.config_id::text, to_char(b.range_start at time zone 'UTC', 'YYYY-MM-DD'), b.messages
  from nova.start_adopted_backfills($1::text) b
