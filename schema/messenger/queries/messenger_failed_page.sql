-- Failed messages in the order in which they failed, a page of them. $1 transport, $2 type, $3 class, each or NULL; $4
-- failed since, in seconds; $5 boolean those that were retried too; $6, $7 when the last one before this page failed,
-- in microseconds, and its id text, or 0 and NULL; $8 failed until, in microseconds, 0: now; $9 limit.
-- Returns: id text, failed at in microseconds, now in microseconds bigint
select f.id::text, (extract(epoch from f.failed_at) * 1000000)::bigint, (extract(epoch from now()) * 1000000)::bigint
  from public.messenger_failed_messages f
 where ($1::text is null or f.transport = $1::text) and ($2::text is null or f.type = $2::text)
   and ($3::text is null or f.error_class = $3::text) and f.failed_at >= to_timestamp($4::bigint)
   and ($5::boolean or f.retried_at is null)
   and ($7::text is null
        or (f.failed_at, f.id) > ('epoch'::timestamptz + $6::bigint * interval '1 microsecond', $7::text::uuid))
   and ($8::bigint = 0 or f.failed_at <= 'epoch'::timestamptz + $8::bigint * interval '1 microsecond')
 order by f.failed_at, f.id limit $9::bigint
