do $$
begin
  perform 'nova.set_rights()'::regprocedure, 'nova.grant_rights(name, text, text[])'::regprocedure,
          'nova.close_to_browsers()'::regprocedure, 'nova.rights'::regclass;
end
$$;
