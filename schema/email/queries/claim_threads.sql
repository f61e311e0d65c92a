-- None while an operator has them paused or the node drained.
-- $1 node, $2 its epoch, $3 limit.
-- Returns: config id text, thread id text, token bigint, failures so far integer, inbox id text,
-- grant id text, messages of it that the provider named and that were not stored then text[], provider text
select c.config_id::text, c.thread_id, c.token, c.attempts, c.inbox_id::text, c.grant_id, coalesce(c.named, '{}'),
       (select i.provider from public.flux_inboxes i where i.id = c.inbox_id)
  from nova.claim_threads($1::text, $2::bigint, $3::bigint::integer) c
 where not exists (select from nova.settings p
                    where p.key = 'paused.threads'
                      and p.value = 'true'
                      and coalesce(p.revert_at > clock_timestamp(), true))
   and not exists (select from nova.cluster_nodes n where n.epoch = $2::bigint and nova.is_drained(n))
