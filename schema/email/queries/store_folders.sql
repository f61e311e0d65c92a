-- $1 text[] inbox ids, $2 text[] ids, $3 text[] names, $4 text[] parent ids, $5 text[] attributes (JSON), $6 boolean[] system, $7 boolean[] deleted
insert into flux_email_folders as f (inbox_id, nylas_folder_id, name, parent_id, attributes, system_folder, deleted_at)
select distinct on (g.inbox_id, g.id) g.inbox_id::uuid, g.id, g.name, g.parent_id, g.attributes::jsonb, g.system, case when g.deleted then now() end
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[]) with ordinality
    g (inbox_id, id, name, parent_id, attributes, system, deleted, ord)
 order by g.inbox_id, g.id, g.ord desc
    on conflict (inbox_id, nylas_folder_id) do update
   set name = case when excluded.deleted_at is null then excluded.name else f.name end,
       parent_id = case when excluded.deleted_at is null then excluded.parent_id else f.parent_id end,
       attributes = case when excluded.deleted_at is null then excluded.attributes else f.attributes end,
       system_folder = case when excluded.deleted_at is null then excluded.system_folder else f.system_folder end,
       deleted_at = excluded.deleted_at, updated_at = now()
