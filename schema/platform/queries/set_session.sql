-- Limits of a session of ours, so that neither a stuck statement nor a stopped process holds locks for long. What the
-- connection string set stays. The server notices a peer that vanished within 10 + 3 * 5 seconds. The time zone is UTC
-- whatever the server, the connection string or PGTZ says: days, and what is shown, are those of UTC.
-- $1 text statement timeout in ms, $2 text idle-in-transaction timeout in ms. Returns: value text, one row a setting
select pg_catalog.set_config(wanted.name, wanted.value, false)
  from (values ('statement_timeout', $1),
               ('idle_in_transaction_session_timeout', $2),
               ('tcp_keepalives_idle', '10'),
               ('tcp_keepalives_interval', '5'),
               ('tcp_keepalives_count', '3'),
               ('TimeZone', 'UTC')) as wanted (name, value)
  join pg_catalog.pg_settings as there using (name)
 where there.source <> 'client' or wanted.name = 'TimeZone'
