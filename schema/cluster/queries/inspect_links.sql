-- What each living node says of its links, also while there is none; at most five seconds old.
-- $1 only of or to the node of this name text, or empty; $2 at most bigint.
-- Returns: rows as a JSON array text
select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text
  from (select n.name as node, l.peer, l.address, l.state, to_timestamp(nullif(l.since, 0)) as since, l.rtt_ms,
               l.bytes_in, l.bytes_out, l.failures, l.why, n.id, l.id as peer_id
          from nova.cluster_nodes n
         cross join lateral jsonb_to_recordset(coalesce(n.load->'links', '[]'))
               as l (id bigint, peer text, address text, state text, since double precision, rtt_ms numeric,
                     bytes_in bigint, bytes_out bigint, failures bigint, why text)
         where n.ended_at is null
           and ($1::text = '' or $1::text in (n.name, l.peer))
         order by n.name, l.peer limit $2::bigint) r
