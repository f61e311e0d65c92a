do $$
declare
  missing text;
begin
  select string_agg(name, ', ') into missing
    from unnest(array['nova.follow_attachments(integer,bigint)', 'nova.fit_attachments(bigint,bigint,integer)',
      'nova.claim_attachments(integer,integer,text[],integer[],bigint,bigint)',
      'nova.store_attachment(uuid,text,text,bytea,bytea)',
      'nova.settle_attachment(uuid,text,text,timestamptz,text,bigint,interval,text)',
      'nova.sweep_attachment_contents(integer)', 'nova.check_attachments(uuid,bytea,integer)',
      'nova.count_attachments(bigint)', 'nova.release_attachments()']) as name
   where to_regprocedure(name) is null;
  if missing is null then
    select string_agg(name, ', ') into missing
      from unnest(array['nova.attachment_contents', 'nova.attachment_bytes', 'nova.attachment_progress']) as name
     where to_regclass(name) is null;
  end if;
  if missing is not null then
    raise exception 'missing: %', missing;
  end if;
  perform c.attachments_listed, c.attachments_stored, c.attachments_too_large, c.attachments_unavailable
     from nova.mail_certificates c where false;
end
$$;
