-- All folders of an inbox, as they were listed. What is null stays as it is, and so does what was
-- told meanwhile. $1 inbox id, $2 microseconds since 1970 when it was claimed, $3 text[] ids,
-- $4 text[] names, $5 text[] parent ids, $6 text[] attributes (JSON), $7 boolean[] system
with claim as (
  select $1::uuid as inbox_id, timestamptz 'epoch' + $2::bigint * interval '1 microsecond' as began_at),
given as materialized (
  select distinct on (g.id) g.id collate "C" as id, g.name, g.parent_id, g.attributes::jsonb, g.system
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
      g (id, name, parent_id, attributes, system)
   order by g.id),
gone as (
  -- A mailbox without a folder there is none.
  update public.flux_email_folders f set deleted_at = now(), updated_at = now()
    from claim c
   where f.inbox_id = c.inbox_id and f.deleted_at is null and f.updated_at < c.began_at
     and exists (select from given) and not exists (select from given g where g.id = f.nylas_folder_id)),
listed as (
  -- One that is due anew since it was claimed stays so.
  update public.flux_inboxes i set folders_due_at = now() + interval '1 day'
    from claim c where i.id = c.inbox_id and i.folders_due_at > c.began_at)
insert into public.flux_email_folders as f (inbox_id, nylas_folder_id, name, parent_id, attributes, system_folder)
select c.inbox_id, g.id, coalesce(g.name, ''), coalesce(g.parent_id, ''), coalesce(g.attributes, '[]'),
       coalesce(g.system, false)
  from claim c, given g
 order by g.id
    on conflict (inbox_id, nylas_folder_id) do update
   set (name, parent_id, attributes, system_folder) = (
         select coalesce(g.name, f.name), coalesce(g.parent_id, f.parent_id), coalesce(g.attributes, f.attributes),
                coalesce(g.system, f.system_folder)
           from given g where g.id = f.nylas_folder_id),
       deleted_at = null, updated_at = now()
 where f.updated_at < (select c.began_at from claim c)
