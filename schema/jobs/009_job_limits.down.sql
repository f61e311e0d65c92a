drop function if exists nova.limit_handler(bigint, text, integer, integer, interval, integer, interval);
drop function if exists nova.hold_permits(text, text[], interval);
drop function if exists nova.return_permits(bigint[], text[], text[], boolean[], double precision[]);
drop function if exists nova.take_permits(text, bigint, text[], text[], interval);
drop table if exists nova.job_permits;
drop table if exists nova.job_keys;
alter table if exists nova.messenger_handlers
  drop constraint if exists messenger_handlers_limits,
  drop column if exists limit_key,
  drop column if exists limit_running,
  drop column if exists limit_rate,
  drop column if exists limit_per,
  drop column if exists breaker_failures,
  drop column if exists breaker_pause;
