-- What is null stays as it is. $1 text[] inbox ids, $2 text[] ids, $3 text[] names,
-- $4 text[] parent ids, $5 text[] attributes (JSON), $6 boolean[] system, $7 boolean[] deleted
with given as materialized (
  select distinct on (g.inbox_id, g.id) g.inbox_id::uuid, g.id, g.name, g.parent_id, g.attributes::jsonb, g.system,
         g.deleted
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[],
                $7::boolean[]) with ordinality
      g (inbox_id, id, name, parent_id, attributes, system, deleted, ord)
   order by g.inbox_id, g.id, g.ord desc
)
insert into public.flux_email_folders as f (inbox_id, nylas_folder_id, name, parent_id, attributes, system_folder,
                                              deleted_at)
select g.inbox_id, g.id, coalesce(g.name, ''), coalesce(g.parent_id, ''), coalesce(g.attributes, '[]'),
       coalesce(g.system, false),
       case when g.deleted then now() end
  from given g
 order by g.inbox_id, g.id
    on conflict (inbox_id, nylas_folder_id) do update
   set (name, parent_id, attributes, system_folder) = (
         select coalesce(g.name, f.name), coalesce(g.parent_id, f.parent_id), coalesce(g.attributes, f.attributes),
                coalesce(g.system, f.system_folder)
           from given g where g.inbox_id = f.inbox_id and g.id = f.nylas_folder_id),
       deleted_at = excluded.deleted_at, updated_at = now()
