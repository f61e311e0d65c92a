do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.listed_windows', 'nova.mail_samples', 'nova.grant_paces',
                                'nova.backfill_traces'] loop
    if to_regclass(v_name) is null then
      raise exception 'missing: %', v_name;
    end if;
  end loop;
  if to_regprocedure('public.queue_whole_inbox_backfill(uuid,timestamp with time zone)') is null then
    raise exception 'function public.queue_whole_inbox_backfill(uuid, timestamptz) is missing';
  end if;
end
$$;
