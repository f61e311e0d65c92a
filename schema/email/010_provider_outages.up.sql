-- What of the provider cannot be called, since when and why. Rows, because the calling starts again
-- by a probe, and who saw the outage may be gone by then.

create table if not exists nova.provider_outages (
  scope text not null constraint provider_outages_scope check (scope in ('grant', 'application', 'network')),
  subject text not null,
  since timestamptz not null default now(),
  last_failed_at timestamptz not null default now(),
  next_probe_at timestamptz not null default now(),
  last_error text not null default '',
  primary key (scope, subject)
);
comment on table nova.provider_outages is
  'What cannot be called, so that nobody tries and no attempt is used. Gone when a probe succeeds. Also when '
  'to probe the grants of inboxes that are auth_expired.';
comment on column nova.provider_outages.scope is
  'Whose fault it is. grant: that mailbox; application: the API key of that node is refused; network: nothing '
  'that could be Nylas answers that node.';
comment on column nova.provider_outages.subject is 'A grant''s id, or a node''s name.';
comment on column nova.provider_outages.next_probe_at is
  'Of a grant: any node that can call probes it then. Of a node: it does so itself.';

create or replace function nova.forget_outage() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from nova.provider_outages o where o.scope = 'grant' and o.subject = new.grant_id;
  return null;
end
$$;
comment on function nova.forget_outage() is 'An inbox whose status changes is looked at anew.';
revoke all on function nova.forget_outage() from public;
create or replace trigger forget_outage after update of status on public.flux_inboxes
  for each row when (old.status is distinct from new.status) execute function nova.forget_outage();
