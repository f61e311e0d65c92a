do $$
begin
  if to_regclass('public.users') is not null and not nova.is_foreign('users') then
    drop policy if exists users_select on public.users;
    drop policy if exists tenants_select on public.tenants;
    drop view if exists nova.caller;
    drop table if exists public.users, public.tenants;
  end if;
end
$$;
drop view if exists nova.caller;
drop function if exists nova.expect_user_without_rows();
do $$
begin
  if to_regprocedure('nova.drop_api_roles()') is not null then
    perform nova.drop_api_roles();
  end if;
end
$$;
