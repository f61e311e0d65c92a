-- $1 configuration, $2 run, $3 text[] keys, $4 text[] reasons, $5 text[] records. Of a key that comes twice the
-- last counts
insert into public.integration_rejected_records (sync_config_id, sync_history_id, key, reason, record)
select $1::uuid, $2::uuid, r.key, (array_agg(r.reason order by r.n desc))[1], (array_agg(r.record order by r.n desc))[1]
  from unnest($3::text[], $4::text[], $5::text[]) with ordinality r (key, reason, record, n) group by r.key
on conflict (sync_config_id, key) do update
   set sync_history_id = excluded.sync_history_id, reason = excluded.reason, record = excluded.record,
       rejected_at = now()
