-- Certificates of an inbox. $1 inbox id, $2 first day text, $3 the day after the last text (empty: no bound).
-- Returns: day text (`undated` for mail without a date), state, reason, provider count, ids and content (hex), stored
-- count, ids and content (hex), in flight, missing, extra, differing, rejected (text arrays as JSON), compared at and
-- verified at (microseconds since 1970, null: never), compared by, attachments listed (null: not counted), stored, too
-- large and unavailable
select case when c.day = 'infinity' then 'undated' else to_char(c.day, 'YYYY-MM-DD') end, c.state, c.reason,
       coalesce(c.provider_count, 0)::bigint, coalesce(encode(c.provider_ids, 'hex'), ''),
       coalesce(encode(c.provider_content, 'hex'), ''), coalesce(c.stored_count, 0)::bigint,
       coalesce(encode(c.stored_ids, 'hex'), ''), coalesce(encode(c.stored_content, 'hex'), ''), c.in_flight::bigint,
       to_json(c.missing)::text, to_json(c.extra)::text, to_json(c.differing)::text, to_json(c.rejected)::text,
       (extract(epoch from c.compared_at) * 1000000)::bigint, (extract(epoch from c.verified_at) * 1000000)::bigint,
       coalesce(c.compared_by, ''), c.attachments_listed, coalesce(c.attachments_stored, 0),
       coalesce(c.attachments_too_large, 0), coalesce(c.attachments_unavailable, 0)
  from nova.mail_certificates c
 where c.inbox_id = $1::uuid and ($2::text = '' or c.day >= $2::date) and ($3::text = '' or c.day < $3::date)
 order by c.day
