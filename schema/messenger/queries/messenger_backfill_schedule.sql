-- $1 schedule text, $2 from, $3 to in seconds since 1970 bigint. Returns: slot as ISO 8601 text, message bigint
select to_jsonb(b.slot) #>> '{}', b.message_id
  from public.messenger_backfill_schedule($1, to_timestamp($2::bigint), to_timestamp($3::bigint)) b
