do $$
begin
  if to_regclass('public.flux_inboxes') is not null then
    drop index if exists public.flux_inboxes_user;
    alter table public.flux_inboxes drop column if exists user_id;
  end if;
end
$$;
drop function if exists nova.adopt_configurations(text[], text[], text[], jsonb);
drop function if exists nova.adopt_configuration(text, jsonb);
drop function if exists nova.adopted_backfill_status(text);
drop function if exists nova.adopted_inbox_of(jsonb);
drop function if exists nova.adopt_inboxes(text[], text[], text[], jsonb);
drop function if exists nova.adopt_inbox(text, jsonb);
drop function if exists nova.adopted_inbox_status(text);
drop function if exists nova.note_adopted(text, text, text, uuid, uuid, text, text);
drop function if exists nova.adopted_row(text, jsonb);
drop function if exists nova.adopted_attachments(jsonb);
drop function if exists nova.adopted_folders(jsonb);
drop function if exists nova.adopted_addresses(jsonb);
drop function if exists nova.adopted_person(jsonb);
drop function if exists nova.adopted_uuid(text, text);
drop function if exists nova.adopted_truth(jsonb);
drop function if exists nova.adopted_time(jsonb);
drop function if exists nova.adopted_json(jsonb);
drop table if exists nova.taken_messages;
drop table if exists nova.adopted_rows;
