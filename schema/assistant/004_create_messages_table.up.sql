-- Messages of conversations. Each carries its tenant, so that a policy compares a column and looks nothing up.
select nova.expect_names('messages', 'messages_of_tenant', 'idx_messages_conversation_created',
                         'idx_messages_tenant_created', 'update_conversation_timestamp()');

create table if not exists public.messages (
  id text collate "C" primary key default gen_random_uuid()::text,
  conversation_id text collate "C" not null,
  tenant_id text collate "C" not null,
  role text not null constraint messages_role check (role in ('user', 'assistant', 'system', 'tool')),
  content text not null,
  model text,
  tokens integer constraint messages_tokens check (tokens >= 0),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  constraint messages_of_tenant unique (id, tenant_id)
);
select nova.name_callers('public.messages');
select nova.let_tenant_out('public.messages');
select nova.add_key('public.messages', 'messages_conversation',
                    '(conversation_id, tenant_id) references public.conversations (id, tenant_id)');
create index if not exists idx_messages_conversation_created on public.messages (conversation_id, created_at);
-- A policy asks for the tenant alone: without it the messages of all would be read for a count, or for the latest.
create index if not exists idx_messages_tenant_created on public.messages (tenant_id, created_at);
comment on table public.messages is 'What was said in a conversation, oldest first by created_at. Isolated by tenant.';
comment on column public.messages.tenant_id is
  'That of the conversation; filled in when it is left out, and the foreign key accepts no other.';
comment on column public.messages.model is 'Which model answered; null for a person.';
comment on constraint messages_of_tenant on public.messages is
  'For the foreign key of feedback, which carries the tenant along.';

create or replace function public.update_conversation_timestamp() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update public.conversations c set updated_at = now() where c.id = new.conversation_id;
  return new;
end
$$;
comment on function public.update_conversation_timestamp() is
  'After a row with conversation_id was added: the conversation is the latest. For tables of your own; the '
  'trigger on messages calls nova.touch_conversations, which does it once a statement and lets the complete '
  'rollback drop this first.';

drop trigger if exists trigger_messages_tenant on public.messages;
create trigger trigger_messages_tenant before insert on public.messages
  for each row when (new.tenant_id is null or new.tenant_id::text = '') execute function nova.tenant_of_conversation();
drop trigger if exists trigger_messages_update_conversation on public.messages;
create trigger trigger_messages_update_conversation after insert on public.messages
  referencing new table as added for each statement execute function nova.touch_conversations();

select nova.protect_tenant_table('public.messages');
select nova.grant_rights('authenticated', 'select, insert, update, delete', 'public.messages');
revoke all on function public.update_conversation_timestamp() from public;

drop policy if exists messages_select on public.messages;
create policy messages_select on public.messages for select to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists messages_insert on public.messages;
create policy messages_insert on public.messages for insert to authenticated
  with check (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists messages_update on public.messages;
create policy messages_update on public.messages for update to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c))
  with check (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists messages_delete on public.messages;
create policy messages_delete on public.messages for delete to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));
select nova.mark_names();
