-- Who there is: tenants and their users, the parents that the tables of the platform stand on; and
-- who is calling. Ids are text, not uuid: the platform's own statements insert and ask for ids like
-- 'test-tenant-1'. What is generated is a uuid.
select nova.expect_names('tenants(id name slug)', 'users(id tenant_id)', 'role anon', 'role authenticated',
                         'role service_role');
select nova.make_api_roles(), nova.make_auth();

-- Tables of these names that somebody else made are used as they are, whatever the type of their ids, and get nothing.
do $$
begin
  if nova.is_foreign('users') then
    return;
  end if;

  create table if not exists public.tenants (
    id text collate "C" primary key default gen_random_uuid()::text,
    name text not null,
    slug text not null constraint tenants_slug_key unique,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenants_id check (id <> '' and length(id) <= 255
                                 and (id !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or id = lower(id))),
    constraint tenants_slug check (slug <> '')
  );
  comment on table public.tenants is 'Customers. Nothing of one is ever seen or changed by a user of another. (Nova)';
  comment on column public.tenants.id is
    'Any text; one that is a uuid is in lower case, as a value of type uuid prints.';

  create table if not exists public.users (
    id text collate "C" primary key default gen_random_uuid()::text,
    tenant_id text collate "C" not null references public.tenants on delete cascade,
    email text not null,
    name text not null default '',
    role text not null default 'user' constraint users_role check (role in ('owner', 'admin', 'user', 'viewer')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint users_id check (id <> '' and length(id) <= 255
                               and (id !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or id = lower(id))),
    constraint users_email_length check (length(email) <= 320),
    constraint users_of_tenant unique (id, tenant_id)
  );
  create unique index if not exists users_email on public.users (tenant_id, lower(email));
  comment on table public.users is 'People who sign in, each in one tenant. (Nova)';
  comment on column public.users.id is
    'The claim sub of the user''s token (on Supabase: auth.users.id). Any text; a uuid in lower case.';
  comment on column public.users.role is
    'What the application lets them do within their tenant; the policies know tenants only.';
  comment on constraint users_of_tenant on public.users is
    'For foreign keys that carry the tenant along: a row cannot name a user of another tenant, and the '
    'refusal is that of a user who does not exist.';
end
$$;

-- What a user wrote is the tenant's, so it cannot go along: that would show it to another tenant.
create or replace function nova.expect_user_without_rows() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_table text;
  v_count bigint;
begin
  foreach v_table in array array['conversations', 'feedback', 'usage_metrics'] loop
    continue when to_regclass('public.' || v_table) is null;
    execute format('select count(*) from public.%I t where t.user_id = $1 and t.tenant_id = $2', v_table)
       into v_count using old.id, old.tenant_id;
    if v_count > 0 then
      raise exception 'user "%" has % rows of % in tenant "%", which stay there: the user cannot go to tenant "%"',
          old.id, v_count, v_table, old.tenant_id, new.tenant_id
        using errcode = 'foreign_key_violation',
              hint = 'Make another user in the other tenant, or delete those rows first.';
    end if;
  end loop;
  return new;
end
$$;
comment on function nova.expect_user_without_rows() is 'A user who has written something stays in the tenant.';
revoke all on function nova.expect_user_without_rows() from public;
do $$
begin
  if not nova.is_foreign('users') then
    create or replace trigger users_stay before update of tenant_id on public.users for each row
      when (old.tenant_id is distinct from new.tenant_id) execute function nova.expect_user_without_rows();
  end if;
end
$$;

-- A view and no function: the planner takes it apart, so a policy costs one look into an index
-- (measured: 4 microseconds a query, 7 as a function). It runs with its owner's rights, else the
-- policies of users would ask themselves.
do $$
begin
  execute format('create or replace view nova.caller as
select u.id, u.tenant_id from public.users u
 where u.id = coalesce(nullif(current_setting(''request.jwt.claim.sub'', true), ''''),
                       nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::%s',
    (select format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
      where a.attrelid = 'public.users'::regclass and a.attname = 'id'));
end
$$;
comment on view nova.caller is
  'Who is calling: the user whom the claim sub names, and the tenant by the table users, not by a claim: a '
  'token outlives a change of tenant. No row for nobody, and then no tenant equals it. For policies: (select '
  'c.tenant_id from nova.caller c).';

do $$
begin
  if nova.is_foreign('users') then
    return;
  end if;
  alter table public.tenants enable row level security;
  alter table public.users enable row level security;
  drop policy if exists tenants_select on public.tenants;
  create policy tenants_select on public.tenants for select to authenticated
    using (id = (select c.tenant_id from nova.caller c));
  drop policy if exists users_select on public.users;
  create policy users_select on public.users for select to authenticated
    using (tenant_id = (select c.tenant_id from nova.caller c));

  revoke all on public.tenants, public.users from public, anon, authenticated;
  grant select, insert, update, delete on public.tenants, public.users to service_role;
  perform nova.grant_rights('authenticated', 'select', 'public.tenants', 'public.users');
end
$$;

revoke all on nova.caller from public;
select nova.grant_rights('authenticated', 'select', 'nova.caller');
