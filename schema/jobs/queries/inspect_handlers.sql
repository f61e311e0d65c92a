-- Who does which jobs. $1 only of this type or queue text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select case when h.queue is null then 'message' else 'queue' end as source, coalesce(h.type, h.queue) as name,
               h.transport, h.kind, coalesce(h.config ->> 'function',
                        -- What follows the host may be a secret.
                        regexp_replace(h.config ->> 'url', '^(https?://)([^/@]*@)?([^/?#]*).*$', '\1\3')) as calls,
               coalesce(h.config ->> 'role', h.config ->> 'secret_name') as by, h.timeout, h.enabled, h.set_by, h.set_at
          from nova.messenger_handlers h
         where $1::text in ('', h.type, h.queue)
         order by h.id limit $2::bigint) r
