-- Takes what another version of the program could not read. $1 version, $2 limit bigint.
-- Returns: inbox id, kind text, identity bytea, raw text, last seen in microseconds bigint, id of
-- the newest backfill that takes threads text
select r.inbox_id::text, r.kind, r.identity, r.raw, (extract(epoch from r.last_seen_at) * 1000000)::bigint,
       coalesce((select c.id::text from public.flux_inbox_configurations c
                  where c.inbox_id = r.inbox_id and c.backfill_status in ('discovering', 'thread_sync', 'completed')
                  order by c.created_at desc limit 1), '')
  from nova.claim_rejects($1::text, $2::bigint) r
