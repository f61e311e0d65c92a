-- $1 an id or a slug. Returns: id text
select t.id::text from public.tenants t
 where t.id::text = $1::text or t.slug = $1::text
 order by t.id::text <> $1::text limit 1
