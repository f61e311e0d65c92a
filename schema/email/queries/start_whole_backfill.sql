-- $1 inbox id, $2 end in seconds bigint. Returns: config id text
select public.queue_whole_inbox_backfill($1::uuid, to_timestamp($2::bigint))::text
