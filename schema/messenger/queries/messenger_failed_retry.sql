-- $1 text[] ids, $2 who, $3 boolean also what was retried already, $4 transport or NULL for their
-- own, $5 milliseconds between two, $6 milliseconds before the first.
-- Returns: id text, id of the new message or 0 bigint, retried, already_retried, duplicate or
-- unknown (text)
select r.failed_id::text, coalesce(r.message_id, 0), r.outcome
  from public.messenger_retry_failed($1::text[]::uuid[], $2, $3::boolean, $4::text,
                                     $5::bigint * interval '1 millisecond',
                                     $6::bigint * interval '1 millisecond') r
