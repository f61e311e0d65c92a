drop table if exists public.users, public.tenants;
drop function if exists nova.current_tenant_id();
drop function if exists nova.current_user_id();
