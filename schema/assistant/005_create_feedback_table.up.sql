-- What users think of an answer: one rating a user and message.
select nova.expect_names('feedback', 'feedback_once', 'idx_feedback_created', 'idx_feedback_user',
  'idx_feedback_tenant', 'message_feedback_summary', 'message_feedback_summary_key', 'message_feedback_summary_tenant');

create table if not exists public.feedback (
  id text collate "C" primary key default gen_random_uuid()::text,
  message_id text collate "C" not null,
  tenant_id text collate "C" not null,
  user_id text collate "C" not null,
  rating smallint not null constraint feedback_rating check (rating in (-1, 1)),
  comment text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint feedback_once unique (message_id, user_id)
);
select nova.name_callers('public.feedback');
select nova.let_tenant_out('public.feedback');
select nova.add_key('public.feedback', 'feedback_message',
                    '(message_id, tenant_id) references public.messages (id, tenant_id)');
select nova.add_user_key('public.feedback', 'feedback_user');
create index if not exists idx_feedback_created on public.feedback (created_at);
create index if not exists idx_feedback_user on public.feedback (user_id);
create index if not exists idx_feedback_tenant on public.feedback (tenant_id, created_at);
comment on table public.feedback is 'Ratings of messages, one a user and message. Isolated by tenant.';
comment on column public.feedback.rating is '1: good, -1: bad.';
comment on column public.feedback.tenant_id is
  'That of the message; filled in when it is left out, and the foreign key accepts no other.';

drop trigger if exists trigger_feedback_tenant on public.feedback;
create trigger trigger_feedback_tenant before insert on public.feedback
  for each row when (new.tenant_id is null or new.tenant_id::text = '') execute function nova.tenant_of_message();
drop trigger if exists trigger_feedback_updated_at on public.feedback;
create trigger trigger_feedback_updated_at before update on public.feedback
  for each row execute function nova.touch_updated_at();

select nova.protect_tenant_table('public.feedback');
select nova.grant_rights('authenticated', 'select, insert, update, delete', 'public.feedback');

-- Everybody of a tenant reads its feedback, but speaks for nobody else.
drop policy if exists feedback_select on public.feedback;
create policy feedback_select on public.feedback for select to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists feedback_insert on public.feedback;
create policy feedback_insert on public.feedback for insert to authenticated
  with check (tenant_id = (select c.tenant_id from nova.caller c) and user_id = (select c.id from nova.caller c));
drop policy if exists feedback_update on public.feedback;
create policy feedback_update on public.feedback for update to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c) and user_id = (select c.id from nova.caller c))
  with check (tenant_id = (select c.tenant_id from nova.caller c) and user_id = (select c.id from nova.caller c));
drop policy if exists feedback_delete on public.feedback;
create policy feedback_delete on public.feedback for delete to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c) and user_id = (select c.id from nova.caller c));

create materialized view if not exists public.message_feedback_summary as
select f.message_id, f.tenant_id, m.conversation_id, count(*) as total_feedback,
       count(*) filter (where f.rating = 1) as positive_count, count(*) filter (where f.rating = -1) as negative_count,
       round(avg(f.rating), 2) as avg_rating, max(f.updated_at) as last_feedback_at
  from public.feedback f join public.messages m on m.id = f.message_id
 group by f.message_id, f.tenant_id, m.conversation_id
 union all -- no row: a condition of the join would not be looked at where the planner knows that the join is empty
select null, null, null, null, null, null, null, null
 where not nova.expect_all_rows('public.feedback', 'public.messages');
create unique index if not exists message_feedback_summary_key on public.message_feedback_summary (message_id);
create index if not exists message_feedback_summary_tenant on public.message_feedback_summary (tenant_id);
comment on materialized view public.message_feedback_summary is
  'Ratings by message, of all tenants: policies do not reach a materialized view, so it is for the service '
  'only. As of the last REFRESH.';
revoke all on public.message_feedback_summary from public, anon, authenticated;
grant select on public.message_feedback_summary to service_role;
select nova.mark_names();
