do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.mail_time(bigint)', 'nova.mail_day(timestamptz)', 'nova.same_addresses(jsonb,text)',
      'nova.same_attachments(uuid,text,text)',
      'nova.touch_days(uuid[],date[])', 'nova.touch_dates(uuid[],bigint[],integer[])',
      'nova.begin_comparison(uuid,date,date,text,date)', 'nova.open_comparison(bigint)',
      'nova.comparison_settled(bigint)',
      'nova.judge_comparison(bigint)', 'nova.end_comparison(bigint,bigint)', 'nova.days_of_comparison(bigint)',
      'nova.record_certificates(bigint)', 'nova.certificate_hash(bytea,date,jsonb)', 'nova.broken_links(uuid)']) as name
   where to_regprocedure(name) is null;
  if missing is null then
    select string_agg(name, ', ') into missing
      from unnest(array['nova.mail_comparisons', 'nova.mail_listed', 'nova.mail_certificates',
                        'nova.mail_certificate_events', 'public.mail_completeness',
                        'public.flux_email_messages_day']) as name
     where to_regclass(name) is null;
  end if;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
end
$$;
