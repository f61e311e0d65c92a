-- None while an operator has them paused or the node drained.
-- $1 node, $2 its epoch, $3 limit.
-- Returns: config id text, thread id text, token bigint, failures so far integer, inbox id text,
-- grant id text, messages of it that the provider named and that were not stored then text[]
select config_id::text, thread_id, token, attempts, inbox_id::text, grant_id, coalesce(named, '{}')
  from nova.claim_threads($1::text, $2::bigint, $3::bigint::integer)
 where not exists (select from nova.settings p
                    where p.key = 'paused.threads'
                      and p.value = 'true'
                      and coalesce(p.revert_at > clock_timestamp(), true))
   and not exists (select from nova.cluster_nodes n where n.epoch = $2::bigint and nova.is_drained(n))
