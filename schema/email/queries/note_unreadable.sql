-- What was listed and could not be read. $1 the comparison, $2 ids text[], empty: it has none, $3 identities bytea[],
-- $4 reasons text[], $5 when, microseconds since 1970
insert into nova.mail_listed as l (comparison_id, nylas_message_id, day, hi, content, rejected)
select distinct on (1) $1::bigint, coalesce(nullif(u.id, ''), 'without an id ' || encode(u.identity, 'hex')) as id,
       coalesce(nova.mail_day(m.message_date), c.from_day, 'infinity'), $5::bigint, '', u.reason
  from unnest($2::text[], $3::bytea[], $4::text[]) u (id, identity, reason)
  join nova.mail_comparisons c on c.id = $1::bigint
  left join public.flux_email_messages m on m.inbox_id = c.inbox_id and m.nylas_message_id = u.id
 order by 1, 2
    on conflict (comparison_id, nylas_message_id) do update set rejected = excluded.rejected
