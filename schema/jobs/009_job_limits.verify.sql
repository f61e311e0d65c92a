do $$
begin
  perform 'nova.take_permits(text,bigint,text[],text[],interval)'::regprocedure,
          'nova.return_permits(bigint[],text[],text[],boolean[],double precision[])'::regprocedure,
          'nova.hold_permits(text,text[],interval)'::regprocedure,
          'nova.limit_handler(bigint,text,integer,integer,interval,integer,interval)'::regprocedure,
          'nova.job_keys'::regclass, 'nova.job_permits'::regclass,
          (select limit_key from nova.messenger_handlers limit 0);
end
$$;
