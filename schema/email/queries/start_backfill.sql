-- $1 inbox id, $2 start, $3 end in seconds. Returns: config id text
select public.queue_inbox_backfill($1::uuid, to_timestamp($2::bigint), to_timestamp($3::bigint))::text
