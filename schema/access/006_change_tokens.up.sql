-- Who may follow changes over HTTP (GET /changes): a token is bound to an inbox, a user or a tenant, ends at its time,
-- and is known here by its hash alone.
select nova.expect_names('mail_change_token()');

create table if not exists nova.change_tokens (
  hash bytea primary key,
  scope text not null constraint change_tokens_scope check (scope in ('inbox', 'user', 'tenant')),
  subject text not null constraint change_tokens_subject check (subject <> ''),
  made_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index if not exists change_tokens_expires on nova.change_tokens (expires_at);
comment on table nova.change_tokens is 'Tokens of GET /changes; one that is deleted is good no more.';
comment on column nova.change_tokens.hash is 'sha256 of the token, which nobody has but whom it was given to.';
comment on column nova.change_tokens.subject is 'The id of the inbox, or user_id or tenant_id of inboxes.';
revoke all on nova.change_tokens from public;

create or replace function public.mail_change_token(
  scope text default 'user', subject text default null, valid_for interval default '1 hour') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_token text := replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
  v_sub text := coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                         nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub');
  v_subject text := mail_change_token.subject;
begin
  if not nova.sees_all_mail() then
    if mail_change_token.scope = 'user' and v_sub <> '' and coalesce(v_subject, v_sub) = v_sub then
      v_subject := v_sub;
    elsif mail_change_token.scope is distinct from 'inbox'
          or not exists (select from unnest(nova.own_inboxes()) i where i::text = lower(v_subject)) then
      raise exception 'a user has a token for the own user or for one of the own inboxes' using errcode = '42501';
    end if;
  end if;
  if mail_change_token.valid_for is null or mail_change_token.valid_for <= interval '0'
     or mail_change_token.valid_for > interval '30 days' then
    raise exception 'valid_for: above 0 and at most 30 days, not %', coalesce(mail_change_token.valid_for::text, 'null')
      using errcode = '22023';
  end if;
  delete from nova.change_tokens t where t.expires_at < now();
  insert into nova.change_tokens (hash, scope, subject, expires_at)
  values (sha256(v_token::bytea), mail_change_token.scope, v_subject, now() + mail_change_token.valid_for);
  return v_token;
end
$$;
comment on function public.mail_change_token(text, text, interval) is
  'A token for GET /changes of a node: scope inbox (subject is its id), user or tenant (subject is user_id or '
  'tenant_id of inboxes). Who is signed in gets one for the own user or an own inbox. It is said this once.';

create or replace function nova.check_change_token(p_hash bytea)
returns table (inboxes uuid[], seconds_left bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select array(select i.id from public.flux_inboxes i where t.scope = 'user' and i.user_id = t.subject
                union all
               select i.id from public.flux_inboxes i where t.scope = 'tenant' and i.tenant_id = t.subject
                union all
               select i.id from public.flux_inboxes i where t.scope = 'inbox' and i.id::text = lower(t.subject)),
         extract(epoch from t.expires_at - now())::bigint
    from nova.change_tokens t
   where t.hash = p_hash and t.expires_at > now()
$$;
comment on function nova.check_change_token(bytea) is
  'The inboxes that a token is for, as they are now; no row when it is good no more.';
revoke all on function nova.check_change_token(bytea) from public;
select nova.mark_names();
select nova.grant_calls('authenticated', 'public.mail_change_token(text,text,interval)');
