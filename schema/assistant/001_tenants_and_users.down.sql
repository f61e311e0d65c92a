drop policy if exists users_select on public.users;
drop policy if exists tenants_select on public.tenants;
drop view if exists nova.caller;
drop table if exists public.users, public.tenants;
