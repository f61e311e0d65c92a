-- Who may follow changes over HTTP, and what Realtime is told.
set client_min_messages = warning;
select plan(21);
insert into flux_inboxes (id, email, grant_id, user_id, tenant_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1', 'ann', null),
       ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2', 'bob', 'acme');
create function pg_temp.good_for(p_token text) returns text language sql as $$
  select string_agg(right(i::text, 1), '' order by i)
    from nova.check_change_token(sha256(p_token::bytea)) c, unnest(c.inboxes) i
$$;
select is(pg_temp.good_for(mail_change_token('user', 'ann')), 'a', 'a token for a user is for the user''s inboxes');
select is(pg_temp.good_for(mail_change_token('tenant', 'acme')), 'b', 'one for a tenant for the tenant''s');
select is(pg_temp.good_for(mail_change_token('inbox', '00000000-0000-0000-0000-00000000000A')), 'a',
          'one for an inbox for that');
select mail_change_token('user', 'ann') as token \gset
update flux_inboxes set user_id = 'ann';
select is(pg_temp.good_for(:'token'), 'ab', 'as they are now');
update nova.change_tokens set expires_at = now();
select is((select count(*) from nova.check_change_token(sha256(:'token'::bytea))), 0::bigint, 'until it ends');
select mail_change_token('user', 'ann') \g /dev/null
select is((select count(*) from nova.change_tokens), 1::bigint, 'what has ended is forgotten');
select is((select count(*) from nova.change_tokens where encode(hash, 'escape') like '%' || :'token' || '%'), 0::bigint,
          'the token itself is nowhere');
select is(length(:'token'), 64, 'it is long');
select throws_ok(format('select mail_change_token(%s)', a), '22023', null, format('valid_for: %s', a))
  from unnest(array['''user'', ''x'', ''0''', '''user'', ''x'', ''31 days''', '''user'', ''x'', null']) a;
select throws_ok($$select mail_change_token('world', 'x')$$, '23514', null, 'no other scope');
select throws_ok($$select mail_change_token('user')$$, '23502', null, 'nor a token for nobody');

create function pg_temp.as_user(p_claims jsonb, p_call text) returns text language plpgsql as $$
declare
  v_token text;
begin
  perform set_config('request.jwt.claims', p_claims::text, true);
  set local role authenticated;
  execute 'select ' || p_call into v_token;
  reset role;
  return pg_temp.good_for(v_token);
exception when insufficient_privilege then
  return '42501';
end $$;
update flux_inboxes set user_id = 'bob' where email = 'bob@example.com';
select is(pg_temp.as_user('{"sub":"ann"}', call), want, call) from (values
  ('mail_change_token()', 'a'), ('mail_change_token(''inbox'', ''00000000-0000-0000-0000-00000000000a'')', 'a'),
  ('mail_change_token(''inbox'', ''00000000-0000-0000-0000-00000000000b'')', '42501'),
  ('mail_change_token(''user'', ''bob'')', '42501'), ('mail_change_token(''tenant'', ''acme'')', '42501'))
  t (call, want);

select throws_ok('select nova.publish_mail(true)', '42704', null, 'without Supabase''s publication that is told');
create publication supabase_realtime;
select is(nova.publish_mail(true) || ' ' || nova.publish_mail(true), '4 0', 'Realtime is told of mail, once');
select is(nova.publish_mail(false) || ' ' || (select count(*) from pg_publication_tables), '4 0',
          'and is not any more');
select * from finish();
