do $$
begin
  perform 'nova.grant_service_role()'::regprocedure;
end
$$;
