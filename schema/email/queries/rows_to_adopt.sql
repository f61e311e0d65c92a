-- $1 table text, $2 ids text[], $3 digests text[]. Returns: ids text, of those that were not copied as they are now
select g.id
  from unnest($2::text[], $3::text[]) with ordinality g (id, digest, ord)
  left join nova.adopted_rows a on a.source_table = $1::text and a.source_id = g.id and a.reason is null
 where a.digest is distinct from g.digest
 order by g.ord
