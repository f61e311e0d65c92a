-- Conversations of a user with the assistant.
select nova.expect_names('conversations', 'conversations_of_tenant', 'idx_conversations_tenant_updated',
  'idx_conversations_tenant_created', 'idx_conversations_user_updated', 'idx_conversations_to_archive',
  'update_updated_at_column()');

create table if not exists public.conversations (
  id text collate "C" primary key default gen_random_uuid()::text,
  tenant_id text collate "C" not null,
  user_id text collate "C" not null,
  title text not null default '',
  is_archived boolean not null default false,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint conversations_of_tenant unique (id, tenant_id)
) with (fillfactor = 90);
select nova.name_callers('public.conversations');
select nova.add_key('public.conversations', 'conversations_tenant_id_fkey',
                    '(tenant_id) references public.tenants (id)');
select nova.add_user_key('public.conversations', 'conversations_user');
create index if not exists idx_conversations_tenant_updated on public.conversations (tenant_id, updated_at desc)
  where not is_archived;
-- For the archived ones, and for all of a tenant: the one above is for the list that is shown first.
create index if not exists idx_conversations_tenant_created on public.conversations (tenant_id, created_at);
create index if not exists idx_conversations_user_updated on public.conversations (user_id, updated_at desc);
-- For the monthly look for what has been still for months.
create index if not exists idx_conversations_to_archive on public.conversations (updated_at, id) where not is_archived;
comment on table public.conversations is 'Conversations with the assistant. Isolated by tenant.';
comment on column public.conversations.updated_at is
  'The last change or the last message, whichever is later; lists are sorted by it. Archiving is no change.';
comment on constraint conversations_of_tenant on public.conversations is
  'For foreign keys that carry the tenant along: a message cannot name a conversation of another tenant.';

create or replace function public.update_updated_at_column() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.updated_at := greatest(old.updated_at, now());
  return new;
end
$$;
comment on function public.update_updated_at_column() is
  'Before an update: updated_at is now. For tables of your own; the platform''s triggers call '
  'nova.touch_updated_at, which does the same, so that the complete rollback can drop this first.';

-- Archiving alone is no activity: who archives old conversations must not make them the latest. Taking one out again
-- is, else it would be archived the next time too.
drop trigger if exists trigger_conversations_updated_at on public.conversations;
create trigger trigger_conversations_updated_at before update on public.conversations
  for each row when (old.is_archived or not new.is_archived
                     or (old.id, old.tenant_id, old.user_id, old.title, old.metadata, old.created_at, old.updated_at)
                        is distinct from (new.id, new.tenant_id, new.user_id, new.title, new.metadata, new.created_at,
                                          new.updated_at))
  execute function nova.touch_updated_at();

select nova.protect_tenant_table('public.conversations');
select nova.grant_rights('authenticated', 'select, insert, update, delete', 'public.conversations');
revoke all on function public.update_updated_at_column() from public;

drop policy if exists conversations_select on public.conversations;
create policy conversations_select on public.conversations for select to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists conversations_insert on public.conversations;
create policy conversations_insert on public.conversations for insert to authenticated
  with check (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists conversations_update on public.conversations;
create policy conversations_update on public.conversations for update to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c))
  with check (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists conversations_delete on public.conversations;
create policy conversations_delete on public.conversations for delete to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));
select nova.mark_names();
