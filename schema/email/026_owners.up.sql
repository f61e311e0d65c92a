-- Whose an inbox is, beside user_id: for the policies of the system access, and for your own.
select nova.expect_names('flux_inboxes_tenant');

alter table public.flux_inboxes add column if not exists tenant_id text;
create index if not exists flux_inboxes_tenant on public.flux_inboxes (tenant_id) where tenant_id is not null;
comment on column public.flux_inboxes.tenant_id is
  'The tenant of whom everybody reads it, for the system access and your own policies; null: nobody but user_id.';
select nova.mark_names();
