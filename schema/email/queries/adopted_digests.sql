-- $1 table text. Returns for each inbox: its id there text (empty: none), rows that are here bigint, digest of the ids
-- of the provider text
select coalesce(i.source_id, ''), count(*),
       lpad(to_hex(bit_xor(('x' || left(encode(sha256(convert_to(
         case when a.source_table = 'flux_inbox_configurations' then a.source_id else a.key end, 'UTF8')), 'hex'), 16))
         ::bit(64)::bigint)), 16, '0')
  from nova.adopted_rows a
  left join nova.adopted_rows i on i.source_table = 'flux_inboxes' and i.id = a.inbox_id and i.reason is null
   and a.source_table <> 'flux_inboxes'
 where a.source_table = $1::text and a.reason is null
 group by 1 order by 1
