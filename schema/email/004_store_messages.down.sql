drop function if exists nova.store_messages(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[],
  bigint[], boolean[], boolean[], bigint[], bytea[], bytea[], bigint[], bigint[], text[], text[],
  text[]);
drop function if exists nova.apply_observations(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[],
  bigint[], boolean[], boolean[], bigint[], bytea[], bytea[], bigint[], bigint[], text[], text[], text[], integer[],
  uuid[], text[]);
drop function if exists nova.replace_messages(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[],
  bigint[], boolean[], boolean[], bigint[], bytea[], bytea[], bigint[], bigint[], text[], text[], integer[]);
drop function if exists nova.confirm_messages(
  uuid[], text[], bigint[], bytea[], bytea[], bigint[], bigint[], text[], integer[]);
drop function if exists nova.judge_observations(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[],
  bigint[], boolean[], boolean[], bigint[], bytea[], bytea[], bigint[], bigint[], integer[]);
drop function if exists nova.add_messages(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[],
  bigint[], boolean[], boolean[], bigint[], bytea[], bytea[], bigint[], bigint[], text[], text[], text[], integer[]);
drop function if exists nova.places_of_round(uuid[], text[], integer);
drop function if exists nova.find_messages(uuid[], text[], text[], text[]);
drop function if exists nova.store_attachments(uuid[], text[], text[]);
drop function if exists nova.judge_observation(bigint, bigint, bigint, timestamptz, boolean, bigint, bigint);
drop function if exists nova.open_below();
drop function if exists nova.doubt_delay();
drop function if exists nova.provisional_delay();
