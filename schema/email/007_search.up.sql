-- Full-text search, filled behind the sync path: to store a message costs it one append to the index on changed_in.
-- What changed in a transaction older than every one that still runs is settled: a cursor below that misses nothing.

create table if not exists public.flux_email_search (
  inbox_id uuid not null,
  nylas_message_id text collate "C" not null,
  content tsvector not null,
  primary key (nylas_message_id, inbox_id),
  foreign key (nylas_message_id, inbox_id) references public.flux_email_messages on delete cascade
);
create index if not exists flux_email_search_content on public.flux_email_search using gin (content);
alter table public.flux_email_search enable row level security;
comment on table public.flux_email_search is 'What can be searched of a message, some time after it was stored: where content @@ websearch_to_tsquery(''simple'', $1).';
comment on column public.flux_email_search.content is 'Subject (A), addresses (B) and the text of the body (D), in no language''s dictionary.';

create table if not exists nova.email_search_progress (
  only_row boolean primary key default true check (only_row),
  filled_up_to xid8 not null default '0'
);
insert into nova.email_search_progress default values on conflict do nothing;
comment on table nova.email_search_progress is 'Where nova.fill_search goes on.';

create or replace function nova.searchable_text(p_body text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- A tsvector holds at most 1 MiB; whoever searches finds a longer message by its beginning.
  select regexp_replace(left(p_body, 100000), '<(style|script)[^>]*>.*?</\1>|<[^>]*>|&[a-z]+;', ' ', 'gi')
$$;
comment on function nova.searchable_text is 'A body without its markup.';

create or replace function nova.fill_search(p_limit integer) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_from xid8;
  v_to xid8;
  v_settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_count bigint;
begin
  select p.filled_up_to into v_from from nova.email_search_progress p for update skip locked;
  if not found then
    return 0;
  end if;
  if v_from >= v_settled then
    -- Restored into a server that has counted fewer transactions: begin again.
    v_from := '0';
    update public.flux_email_messages m set changed_in = pg_current_xact_id() where m.changed_in >= v_settled;
  end if;
  select max(s.changed_in) into v_to
    from (select m.changed_in from public.flux_email_messages m
           where m.changed_in > v_from and m.changed_in < v_settled order by m.changed_in limit p_limit) s;
  if v_to is null then
    return 0;
  end if;
  insert into public.flux_email_search as f (inbox_id, nylas_message_id, content)
  select m.inbox_id, m.nylas_message_id,
         setweight(to_tsvector('simple', m.subject), 'A')
         || setweight(to_tsvector('simple', concat_ws(' ', m.from_addresses, m.to_addresses, m.cc_addresses)), 'B')
         || setweight(to_tsvector('simple', coalesce(nova.searchable_text(m.body), m.snippet)), 'D')
    from public.flux_email_messages m
   where m.changed_in > v_from and m.changed_in <= v_to and m.deleted_at is null
      on conflict (nylas_message_id, inbox_id) do update set content = excluded.content;
  get diagnostics v_count = row_count;
  delete from public.flux_email_search f using public.flux_email_messages m
   where m.changed_in > v_from and m.changed_in <= v_to and m.deleted_at is not null
     and f.nylas_message_id = m.nylas_message_id and f.inbox_id = m.inbox_id;
  update nova.email_search_progress set filled_up_to = v_to;
  return v_count;
end
$$;
comment on function nova.fill_search is
  'Makes about p_limit messages that changed searchable, whole transactions at a time. Returns how many; 0 when there is nothing to do or another call does it. For a maintenance task.';

do $$
begin
  revoke all on public.flux_email_search from public;
  if to_regrole('anon') is not null then
    revoke all on public.flux_email_search from anon, authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select, insert, update, delete on public.flux_email_search to service_role;
  end if;
end
$$;
