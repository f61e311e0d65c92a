do $$
begin
  if to_regnamespace('nova') is null then
    raise exception 'schema nova is missing';
  end if;
  perform 'nova.expect_names(text[])'::regprocedure, 'nova.mark_names()'::regprocedure,
          'nova.whose(text, oid)'::regprocedure, 'nova.new_names(text[])'::regprocedure,
          'nova.adopted_names(text[])'::regprocedure, 'nova.browsers()'::regprocedure,
          'nova.expect_equal_lengths(integer[])'::regprocedure, 'nova.expect_lease(interval)'::regprocedure;
end
$$;
