drop function if exists nova.record_operator_action(text, text, text, text, text, jsonb, text, text, bigint);
drop function if exists nova.revert_due_settings();
drop function if exists nova.clear_setting(text);
drop function if exists nova.set_setting(text, jsonb, text, text, interval);
drop function if exists nova.prune_actor_failures(interval, integer);
drop function if exists nova.record_actor_failures(
  bigint, timestamptz[], text[], text[], text[], text[], text[], integer[]);
