drop trigger if exists forget_outage on public.flux_inboxes;
drop function if exists nova.forget_outage();
drop table if exists nova.provider_outages;
