drop function if exists nova.grant_service_role();
