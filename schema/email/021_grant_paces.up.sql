-- What an operator asks of the pace of a mailbox: who waits, for how long, and what is left of the provider's units.
alter table nova.grant_paces
  add column if not exists waiting integer not null default 0,
  add column if not exists waiting_remote integer not null default 0,
  add column if not exists oldest_wait interval not null default '0',
  add column if not exists running integer not null default 0,
  add column if not exists units_allowed double precision not null default 0,
  add column if not exists units_left double precision not null default 0,
  add column if not exists throttled_until timestamptz;
comment on column nova.grant_paces.waiting is 'Calls that wait for leave, of all nodes.';
comment on column nova.grant_paces.waiting_remote is 'Those of them that other nodes than the home ask for.';
comment on column nova.grant_paces.oldest_wait is 'For how long the one that waits longest has waited.';
comment on column nova.grant_paces.running is 'Calls under way, of as many as places allows.';
comment on column nova.grant_paces.units_allowed is 'Units of the provider a second; 0: it counts none.';
comment on column nova.grant_paces.units_left is 'Units that could be spent at once; a debt is negative.';
comment on column nova.grant_paces.throttled_until is 'Until when the provider wants no call; null: it takes some.';
