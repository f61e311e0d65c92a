-- The bytes of attachments, where NOVA_STORE_ATTACHMENTS asks for them: each content once, by its sha256, however many
-- messages have it. To store a message costs nothing for it: nova.follow_attachments reads what changed behind the sync
-- path, as nova.fill_search does, and makes a row of each attachment:
--   due        to be fetched (nova.claim_attachments), when due_at has come ──▶ stored, too_large, gone, or due later
--   stored     its bytes are in nova.attachment_contents
--   too_large  beyond the setting, as it was listed or as it came; due when the setting grows (nova.fit_attachments)
--   gone       404, twice: due again when its message changes, such as when it leaves the trash
-- An attachment's id stands for its bytes: a message that changes keeps those of the ids that it still has.

create table if not exists nova.attachment_contents (
  sha256 bytea primary key constraint attachment_contents_sha256 check (octet_length(sha256) = 32),
  size bigint not null,
  content bytea not null,
  stored_at timestamptz not null default now()
);
-- Most are compressed by their own form; to try it again costs time on every write.
alter table nova.attachment_contents alter column content set storage external;
comment on table nova.attachment_contents is
  'The bytes of attachments, each content once. What no row of nova.attachment_bytes names goes away by itself.';

create table if not exists nova.attachment_bytes (
  inbox_id uuid not null,
  nylas_message_id text collate "C" not null,
  nylas_attachment_id text collate "C" not null,
  state text not null default 'due' constraint attachment_bytes_state
    check (state in ('due', 'stored', 'too_large', 'gone')),
  listed_size bigint,
  size bigint,
  sha256 bytea references nova.attachment_contents,
  dated_at timestamptz,
  due_at timestamptz not null default '-infinity',
  attempts integer not null default 0,
  not_found smallint not null default 0,
  claimed_by bigint,
  reason text not null default '',
  updated_at timestamptz not null default now(),
  primary key (nylas_message_id, inbox_id, nylas_attachment_id),
  foreign key (nylas_message_id, inbox_id) references public.flux_email_messages on delete cascade,
  constraint attachment_bytes_stored check ((state = 'stored') = (sha256 is not null))
) with (fillfactor = 80);
create index if not exists attachment_bytes_due on nova.attachment_bytes
  (inbox_id, due_at, dated_at desc nulls last) where state = 'due';
create index if not exists attachment_bytes_failing on nova.attachment_bytes (inbox_id)
  where state = 'due' and attempts >= 5;
create index if not exists attachment_bytes_large on nova.attachment_bytes (inbox_id) where state = 'too_large';
create index if not exists attachment_bytes_claimed on nova.attachment_bytes (claimed_by) where claimed_by is not null;
create index if not exists attachment_bytes_sha256 on nova.attachment_bytes (sha256, inbox_id) where sha256 is not null;
comment on table nova.attachment_bytes is
  'Where the bytes of each attachment are, or why they are not there yet. No row: its message was not looked at, or '
  'bytes are not asked for.';
comment on column nova.attachment_bytes.listed_size is 'As the provider estimates it, in bytes; null: it does not.';
comment on column nova.attachment_bytes.size is
  'Bytes that came. Of one that is too large and was cut off: more than the setting was.';
comment on column nova.attachment_bytes.dated_at is 'The date of its message when it was noted: the newest are first.';
comment on column nova.attachment_bytes.due_at is 'When it may be fetched; while a node has it, until when.';
comment on column nova.attachment_bytes.attempts is
  'Failures that are its own, for which it waits longer each time, a day at most. What succeeds sets it to 0.';
comment on column nova.attachment_bytes.not_found is '404s in a row; the second decides.';
comment on column nova.attachment_bytes.claimed_by is 'The epoch of the node that fetches it; 0: a node alone.';

create table if not exists nova.attachment_progress (
  only_row boolean primary key default true check (only_row),
  followed_to xid8 not null default '0',
  followed_message text collate "C" not null default '',
  followed_inbox uuid not null default '00000000-0000-0000-0000-000000000000',
  swept_to bytea not null default ''
);
insert into nova.attachment_progress default values on conflict do nothing;
comment on table nova.attachment_progress is
  'Where nova.follow_attachments and nova.sweep_attachment_contents go on.';
comment on column nova.attachment_progress.followed_to is
  'The changed_in of the message that was read last, which the two after it name. 0: bytes were never asked for.';

alter table nova.mail_certificates
  add column if not exists attachments_listed integer,
  add column if not exists attachments_stored integer,
  add column if not exists attachments_too_large integer,
  add column if not exists attachments_unavailable integer;
comment on column nova.mail_certificates.attachments_listed is
  'Attachments of the day''s messages when they were compared, and of how many the bytes are stored, are too large for '
  'the setting, or cannot be had: gone at the provider, or without an id. The rest waits. Null: not counted.';

create or replace function nova.follow_attachments(p_limit integer, p_bytes_max bigint) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_at record;
  v_settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_page record;
begin
  select p.* into v_at from nova.attachment_progress p for update skip locked;
  if not found then
    return 0;
  end if;
  if v_at.followed_to >= v_settled then
    -- Restored into a server that has counted fewer transactions: begin again, as nova.fill_search does.
    v_at.followed_to := '0';
  end if;
  -- Bit by bit also where one transaction changed all of them.
  select array_agg(s.inbox_id) as inboxes, array_agg(s.nylas_message_id) as messages, max(s.changed_in) as changed_in,
         count(*) as count, (array_agg(s.nylas_message_id order by s.place desc))[1] as message_id,
         (array_agg(s.inbox_id order by s.place desc))[1] as inbox_id into v_page
    from (select m.changed_in, m.nylas_message_id, m.inbox_id,
                 row_number() over (order by m.changed_in, m.nylas_message_id, m.inbox_id) as place
            from public.flux_email_messages m
           where m.changed_in >= v_at.followed_to and m.changed_in < v_settled
             and (m.changed_in, m.nylas_message_id, m.inbox_id)
                 > (v_at.followed_to, v_at.followed_message, v_at.followed_inbox)
           order by m.changed_in, m.nylas_message_id, m.inbox_id limit p_limit) s;
  if v_page.count = 0 then
    return 0;
  end if;
  delete from nova.attachment_bytes b
   using unnest(v_page.inboxes, v_page.messages) k (inbox_id, id)
   join public.flux_email_messages m on m.nylas_message_id = k.id and m.inbox_id = k.inbox_id
   where b.nylas_message_id = k.id and b.inbox_id = k.inbox_id
     and case when m.deleted_at is not null then b.state <> 'stored'
              else not exists (select from public.flux_email_attachments a
                                where a.nylas_message_id = k.id and a.inbox_id = k.inbox_id
                                  and a.nylas_attachment_id = b.nylas_attachment_id) end;
  insert into nova.attachment_bytes as b (inbox_id, nylas_message_id, nylas_attachment_id, state, listed_size, dated_at)
  select distinct on (a.nylas_message_id, a.inbox_id, a.nylas_attachment_id collate "C")
         a.inbox_id, a.nylas_message_id, a.nylas_attachment_id,
         case when a.size > p_bytes_max then 'too_large' else 'due' end, a.size, m.message_date
    from unnest(v_page.inboxes, v_page.messages) k (inbox_id, id)
    join public.flux_email_messages m on m.nylas_message_id = k.id and m.inbox_id = k.inbox_id
    join public.flux_email_attachments a on a.nylas_message_id = k.id and a.inbox_id = k.inbox_id
   where m.deleted_at is null and a.nylas_attachment_id <> ''
   order by a.nylas_message_id, a.inbox_id, a.nylas_attachment_id collate "C", a.position
      on conflict (nylas_message_id, inbox_id, nylas_attachment_id) do update
     set state = excluded.state, due_at = '-infinity', not_found = 0, updated_at = now() where b.state = 'gone';
  update nova.attachment_progress
     set followed_to = v_page.changed_in, followed_message = v_page.message_id, followed_inbox = v_page.inbox_id;
  return v_page.count;
end
$$;
comment on function nova.follow_attachments is
  'Notes the attachments of p_limit messages that changed; those above p_bytes_max as too large. Returns of how many '
  'messages; 0 when there is nothing to do or another call does it.';

create or replace function nova.fit_attachments(p_bytes_max bigint, p_node bigint, p_limit integer default 10000)
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_released bigint;
  v_count bigint;
begin
  update nova.attachment_bytes b set due_at = now(), claimed_by = null where b.claimed_by = p_node;
  get diagnostics v_released = row_count;
  update nova.attachment_bytes b
     set state = case b.state when 'due' then 'too_large' else 'due' end, due_at = '-infinity', attempts = 0,
         reason = '', updated_at = now()
   where b.ctid = any (array(
     select x.ctid from nova.attachment_bytes x
      where x.state = 'too_large' and greatest(x.listed_size, x.size, 0) <= p_bytes_max
         or x.state = 'due' and x.claimed_by is null and x.listed_size > p_bytes_max
      limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  return v_released + v_count;
end
$$;
comment on function nova.fit_attachments is
  'For a node that begins to fetch: what its incarnation had claimed is due, and what the setting makes too large, or '
  'no longer, is so; at most p_limit of these. Returns how many; 0: all is as the setting says.';

create or replace function nova.claim_attachments(
  p_limit integer, p_share integer, p_grants text[], p_held integer[], p_bytes_max bigint, p_node bigint)
returns table (inbox_id uuid, grant_id text, message_id text, attachment_id text, listed_size bigint, attempts integer,
               claimed_until timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  -- Mostly there is nothing, and then no inbox is looked at.
  perform from nova.attachment_bytes b where b.state = 'due' order by b.inbox_id, b.due_at limit 1;
  if not found then
    return;
  end if;
  return query
    with picked as (
      select x.inbox_id, i.grant_id, x.nylas_message_id, x.nylas_attachment_id
        from public.flux_inboxes i
        left join unnest(p_grants, p_held) h (grant_id, held) on h.grant_id = i.grant_id
       cross join lateral (select b.inbox_id, b.nylas_message_id, b.nylas_attachment_id, b.dated_at,
                                  row_number() over (order by b.due_at, b.dated_at desc nulls last) as turn
                             from nova.attachment_bytes b
                            where b.inbox_id = i.id and b.state = 'due' and b.due_at <= now()
                              and coalesce(b.listed_size, 0) <= p_bytes_max
                            order by b.due_at, b.dated_at desc nulls last
                            limit greatest(p_share - coalesce(h.held, 0), 0)) x
       where i.status = 'active'
         and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
       order by x.turn, x.dated_at desc nulls last limit p_limit),
    locked as materialized (
      select b.inbox_id, p.grant_id, b.nylas_message_id, b.nylas_attachment_id
        from picked p
        join nova.attachment_bytes b on b.nylas_message_id = p.nylas_message_id and b.inbox_id = p.inbox_id
         and b.nylas_attachment_id = p.nylas_attachment_id
       where b.state = 'due' and b.due_at <= now()
       order by b.nylas_message_id, b.inbox_id, b.nylas_attachment_id for update of b skip locked)
    update nova.attachment_bytes b set due_at = now() + interval '1 hour', claimed_by = p_node
      from locked l
     where b.nylas_message_id = l.nylas_message_id and b.inbox_id = l.inbox_id
       and b.nylas_attachment_id = l.nylas_attachment_id
    returning b.inbox_id, l.grant_id, b.nylas_message_id, b.nylas_attachment_id, b.listed_size, b.attempts, b.due_at;
end
$$;
comment on function nova.claim_attachments is
  'Takes attachments that are due for an hour, or until the node p_node ends: in turn one of each grant, the newest '
  'mail first, of no grant more than p_share with what the caller holds (p_held of p_grants).';

create or replace function nova.store_attachment(
  p_inbox_id uuid, p_message_id text, p_attachment_id text, p_sha256 bytea, p_content bytea) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- Whoever has a claim that is over has the bytes all the same.
  perform from nova.attachment_bytes b
    where b.nylas_message_id = p_message_id and b.inbox_id = p_inbox_id and b.nylas_attachment_id = p_attachment_id
      and b.state <> 'stored' for update;
  if not found then
    return false;
  end if;
  -- That locks what is there, so that no sweep takes it away.
  insert into nova.attachment_contents as c (sha256, size, content)
  values (p_sha256, octet_length(p_content), p_content)
      on conflict (sha256) do update set size = c.size where false;
  update nova.attachment_bytes b
     set state = 'stored', sha256 = p_sha256, size = octet_length(p_content), claimed_by = null, attempts = 0,
         not_found = 0, reason = '', updated_at = now()
   where b.nylas_message_id = p_message_id and b.inbox_id = p_inbox_id and b.nylas_attachment_id = p_attachment_id;
  return true;
end
$$;
comment on function nova.store_attachment is
  'Stores the bytes of an attachment, or that they are those of another. False: it is stored already, or its message '
  'no longer has it.';

create or replace function nova.settle_attachment(
  p_inbox_id uuid, p_message_id text, p_attachment_id text, p_claimed_until timestamptz, p_outcome text,
  p_size bigint, p_delay interval, p_reason text) returns text
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.attachment_bytes b
     set state = case when p_outcome = 'too_large' or p_outcome = 'gone' and b.not_found > 0 then p_outcome
                      else 'due' end,
         not_found = case p_outcome when 'gone' then b.not_found + 1 when 'later' then b.not_found else 0 end,
         attempts = b.attempts + case p_outcome when 'failed' then 1 else 0 end,
         size = coalesce(p_size, b.size), due_at = clock_timestamp() + p_delay, claimed_by = null,
         reason = left(p_reason, 1000), updated_at = now()
   where b.nylas_message_id = p_message_id and b.inbox_id = p_inbox_id and b.nylas_attachment_id = p_attachment_id
     and b.state = 'due' and b.due_at = p_claimed_until
  returning b.state
$$;
comment on function nova.settle_attachment is
  'Ends a claim without bytes. p_outcome: later, no fault of its own; failed; gone, the second in a row decides; '
  'too_large. It is due again after p_delay. Returns its state; null: another has it.';

create or replace function nova.sweep_attachment_contents(p_limit integer default 100000) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_from bytea;
  v_to bytea;
  v_unnamed bytea[];
  v_count bigint;
begin
  select p.swept_to into v_from from nova.attachment_progress p for update skip locked;
  if not found then
    return 0;
  end if;
  select s.sha256 into v_to
    from (select c.sha256 from nova.attachment_contents c where c.sha256 > v_from order by c.sha256 limit p_limit) s
   order by s.sha256 desc limit 1;
  update nova.attachment_progress set swept_to = coalesce(v_to, '');
  if v_to is null then
    return 0;
  end if;
  select array(select c.sha256 from nova.attachment_contents c
                where c.sha256 > v_from and c.sha256 <= v_to
                  and not exists (select from nova.attachment_bytes b where b.sha256 = c.sha256)
                for update of c skip locked) into v_unnamed;
  -- A statement of its own sees who named one before it was locked.
  delete from nova.attachment_contents c
   where c.sha256 = any (v_unnamed) and not exists (select from nova.attachment_bytes b where b.sha256 = c.sha256);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.sweep_attachment_contents is
  'Forgets contents that no attachment names; looks at p_limit of them, and goes on there the next time. Returns how '
  'many. For a maintenance task.';

create or replace function nova.check_attachments(p_inbox_id uuid, p_after bytea, p_limit integer default 20)
returns table (sha256 bytea, problem text, message_id text, attachment_id text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select d.sha256, case when c.sha256 is null then 'missing'
                        when sha256(c.content) <> c.sha256 or octet_length(c.content) <> c.size then 'altered'
                        else '' end, n.nylas_message_id, n.nylas_attachment_id
    from (select distinct b.sha256 from nova.attachment_bytes b
           where b.sha256 > p_after and b.inbox_id = p_inbox_id order by b.sha256 limit p_limit) d
    left join nova.attachment_contents c on c.sha256 = d.sha256
   cross join lateral (select b.nylas_message_id, b.nylas_attachment_id from nova.attachment_bytes b
                        where b.sha256 = d.sha256 and b.inbox_id = p_inbox_id
                        order by b.nylas_message_id, b.nylas_attachment_id limit 1) n
   order by d.sha256
$$;
comment on function nova.check_attachments is
  'Reads p_limit contents of an inbox, those after p_after, and computes their sha256 again. problem: missing, altered '
  'or empty; with one of the attachments that have it.';

create or replace function nova.count_attachments(p_comparison bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c record;
begin
  select k.* into c from nova.mail_comparisons k
   where k.id = p_comparison and exists (select from nova.attachment_progress p where p.followed_to > '0');
  if not found then
    return;
  end if;
  with counted as (
    select nova.mail_day(m.message_date) as day, count(*) as listed,
           count(*) filter (where b.state = 'stored') as stored,
           count(*) filter (where b.state = 'too_large') as too_large,
           count(*) filter (where b.state = 'gone' or a.nylas_attachment_id = '') as unavailable
      from public.flux_email_messages m
      join public.flux_email_attachments a on a.nylas_message_id = m.nylas_message_id and a.inbox_id = m.inbox_id
      left join nova.attachment_bytes b on b.nylas_message_id = a.nylas_message_id and b.inbox_id = a.inbox_id
       and b.nylas_attachment_id = a.nylas_attachment_id
     where uuid_hash(m.inbox_id) = uuid_hash(c.inbox_id) and m.inbox_id = c.inbox_id and m.deleted_at is null
       and (c.from_day is null and c.to_day is null
            or m.message_date >= coalesce(c.from_day, '-infinity')::timestamp at time zone 'UTC'
               and m.message_date < coalesce(c.to_day, 'infinity')::timestamp at time zone 'UTC')
     group by 1)
  update nova.mail_certificates k
     set attachments_listed = coalesce(n.listed, 0), attachments_stored = coalesce(n.stored, 0),
         attachments_too_large = coalesce(n.too_large, 0), attachments_unavailable = coalesce(n.unavailable, 0)
    from nova.mail_certificates d left join counted n on n.day = d.day
   where d.inbox_id = c.inbox_id and d.compared_at >= c.began_at and (c.from_day is null or d.day >= c.from_day)
     and (c.to_day is null or d.day < c.to_day) and k.inbox_id = d.inbox_id and k.day = d.day;
end
$$;
comment on function nova.count_attachments is
  'Counts the attachments of the days of a comparison that ends, and whose bytes are there. Nothing where bytes were '
  'never asked for.';

-- What an ended node was fetching is due in the same transaction that ends it.
create or replace function nova.release_attachments() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
begin
  update nova.attachment_bytes b set due_at = clock_timestamp(), claimed_by = null where b.claimed_by = new.epoch;
  return null;
exception when lock_not_available then
  -- Whoever judges waits for nobody who has a table locked: nova.expire_nodes tries again.
  update nova.cluster_nodes set left_behind = true where id = new.id;
  return null;
end
$$;
comment on function nova.release_attachments is
  'Gives back the attachments that an incarnation was fetching when it left or was declared dead.';
drop trigger if exists release_attachments on nova.cluster_nodes;
create trigger release_attachments after update of ended_at, left_behind on nova.cluster_nodes
  for each row when (new.ended_at is not null and not new.left_behind
                     and (old.ended_at is null or old.left_behind))
  execute function nova.release_attachments();

do $$
declare
  v_table text;
begin
  foreach v_table in array array['attachment_contents', 'attachment_bytes', 'attachment_progress'] loop
    execute format('alter table nova.%I enable row level security', v_table);
    execute format('revoke all on nova.%I from public', v_table);
    if to_regrole('anon') is not null then
      execute format('revoke all on nova.%I from anon, authenticated', v_table);
    end if;
  end loop;
end
$$;
select nova.grant_rights('service_role', 'select', 'nova.attachment_contents', 'nova.attachment_bytes',
                         'nova.attachment_progress');
revoke all on all functions in schema nova from public;
