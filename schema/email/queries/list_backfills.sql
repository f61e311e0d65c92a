-- Backfills with what their workers need. While an operator has their queue paused, none that is
-- still to begin. $1 config id, or NULL for all that run.
-- Returns: id, inbox id, grant id, provider, inbox status, status (text), start, end (bigint
-- seconds), discovery done boolean, attempts integer
select c.id::text, i.id::text, i.grant_id, i.provider, i.status, c.backfill_status,
       extract(epoch from c.backfill_start)::bigint, extract(epoch from c.backfill_end)::bigint, c.discovery_done,
       c.attempts
  from public.flux_inbox_configurations c join public.flux_inboxes i on i.id = c.inbox_id
 where c.id = $1::uuid
    or $1::uuid is null and c.backfill_status in ('pending', 'discovering', 'thread_sync')
       and (c.backfill_status <> 'pending'
            or not exists (select from nova.settings p
                            where p.key = 'paused.queue.inbox_backfill_jobs' and p.value = 'true'
                                                           and coalesce(p.revert_at > clock_timestamp(), true)))
 order by c.created_at
