-- What does the jobs of a type, or of a queue, without a new program: a URL or a function.

create table if not exists nova.messenger_handlers (
  id bigint generated always as identity primary key,
  type text,
  transport text,
  queue text,
  kind text not null,
  config jsonb not null default '{}',
  timeout interval not null default '30 seconds',
  enabled boolean not null default true,
  set_by text not null default session_user,
  set_at timestamptz not null default now(),
  constraint messenger_handlers_of check ((type is null) <> (queue is null) and (transport is null or queue is null)),
  constraint messenger_handlers_type check (octet_length(type) between 1 and 255),
  constraint messenger_handlers_kind check (kind in ('http', 'sql')),
  constraint messenger_handlers_config check (
    jsonb_typeof(config) = 'object'
    and case kind when 'http' then coalesce(config ->> 'url' ~ '^https?://', false)
                  else coalesce(config ->> 'function' <> '' and config ->> 'role' <> '', false) end),
  constraint messenger_handlers_timeout check (timeout between interval '10 milliseconds' and interval '1 hour'),
  constraint messenger_handlers_one unique nulls not distinct (type, transport, queue)
);
comment on table nova.messenger_handlers is
  'Who does which jobs: messages of a type (* : of every type that has no other), of one transport or (null) of all, '
  'or messages of a pgmq queue. What a node has built in counts where there is no row.';
comment on column nova.messenger_handlers.config is
  'http: url, secret_name (of the secret that signs; the secret itself is outside), allow_private. sql: function, '
  'role.';
comment on column nova.messenger_handlers.timeout is 'A job that takes longer is ended and tried again.';

create or replace function nova.announce_handlers() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('nova_jobs', 'handlers');
  return null;
end
$$;
comment on function nova.announce_handlers() is 'Tells the nodes that handlers have changed.';
create or replace trigger messenger_handlers_announced after insert or update or delete on nova.messenger_handlers
  for each statement execute function nova.announce_handlers();

revoke all on nova.messenger_handlers from public;
revoke all on function nova.announce_handlers() from public;
