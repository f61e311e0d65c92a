do $$
begin
  if to_regclass('public.flux_email_threads') is not null then
    drop trigger if exists nova_label_new on public.flux_email_threads;
    drop trigger if exists nova_label on public.flux_email_threads;
    drop trigger if exists nova_unlabel on public.flux_email_threads;
  end if;
end
$$;
drop function if exists nova.unlabel_threads();
drop function if exists nova.label_threads();
drop function if exists nova.label_new_threads();
drop function if exists nova.labels_of(jsonb, jsonb, boolean, boolean);
drop table if exists nova.thread_labels;
