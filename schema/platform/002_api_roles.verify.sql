do $$
begin
  perform 'nova.make_api_roles()'::regprocedure, 'nova.make_auth()'::regprocedure,
          'nova.drop_api_roles()'::regprocedure;
end
$$;
