do $$
begin
  if to_regprocedure('nova.drop_api_roles()') is not null then
    perform nova.drop_api_roles();
  end if;
end
$$;
drop function if exists nova.drop_api_roles();
drop function if exists nova.make_auth();
drop function if exists nova.make_api_roles();
