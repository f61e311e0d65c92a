-- Rules that hold for every object of the system: rights, row security, search paths, comments.
set client_min_messages = warning;
select plan(19);

create temporary view own_tables as
select c.oid, c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
   and c.relname in ('flux_inboxes', 'flux_email_folders', 'flux_email_threads', 'flux_email_messages',
                     'flux_email_attachments', 'flux_inbox_configurations', 'backfill_windows', 'queued_threads',
                     'inbox_sync_stats', 'flux_webhook_notifications', 'sync_transitions', 'flux_email_search',
                     'flux_email_rejects');
create temporary view own_functions as
select p.oid, p.pronamespace::regnamespace as schema, p.proname, p.proconfig, p.prosecdef from pg_proc p
 where p.pronamespace in ('public'::regnamespace, 'nova'::regnamespace)
   and p.proname in ('queue_nylas_webhook_notification', 'acknowledge_webhook_notification', 'queue_inbox_backfill',
                     'insert_queued_thread_idempotent', 'transition_to_thread_sync', 'initialize_sync_stats',
                     'queue_thread_sync', 'update_backfill_orchestration_progress', 'acknowledge_thread_job',
                     'get_sync_progress', 'get_webhook_metrics', 'backfill_may_move', 'check_backfill_move',
                     'start_backfill_stats', 'move_backfill', 'count_threads', 'refresh_backfill_progress',
                     'try_complete_backfill', 'queue_notifications', 'finish_notifications', 'retry_notifications',
                     'store_messages', 'tombstone_messages', 'find_messages', 'places_of_round', 'add_messages',
                     'judge_observations', 'confirm_messages', 'replace_messages', 'apply_observations',
                     'recompute_threads', 'lock_threads', 'thread_gains', 'add_to_threads', 'lock_threads_of',
                     'judge_observation', 'store_attachments',
                     'same_attachments', 'thread_folders', 'thread_participants', 'refetch_not_found',
                     'begin_discovery', 'record_page', 'claim_threads', 'fair_shares', 'finish_threads', 'fail_threads',
                     'release_threads', 'retry_failed_threads', 'resume_backfill', 'fail_discovery',
                     'accept_thread_jobs', 'refresh_progress', 'recover_premature_completions',
                     'set_inbox_status', 'fill_search', 'postpone_refetches', 'claim_window', 'restart_window',
                     'give_up_window', 'add_gap', 'discover_again', 'queue_threads', 'turn_page', 'end_pass',
                     'finish_discovery', 'plan_windows', 'stored_of', 'missing_of', 'record_rejects', 'claim_rejects',
                     'forget_rejects', 'reject_still', 'reject_bytes_max', 'why_message', 'why_notified',
                     'why_listed', 'why_written', 'why_absent', 'instant', 'note_arrivals', 'note_decisions',
                     'prune_mail_journal', 'add_inbox', 'follow_attachments', 'fit_attachments', 'claim_attachments',
                     'store_attachment', 'settle_attachment', 'sweep_attachment_contents', 'check_attachments',
                     'count_attachments', 'release_attachments', 'adopted_row', 'adopt_inboxes', 'adopt_configurations',
                     'adoptable', 'adopt_threads', 'write_adopted', 'adopt_messages', 'adopt_rows', 'lacking_rows',
                     'take_messages', 'adopted_work', 'start_adopted_backfills', 'messages_to_return',
                     'look_for_former', 'tie_former_id', 'tie_former_ids', 'why_renamed');

select is((select count(*) from own_tables), 13::bigint, 'the tables are there');
select has_view('public', 'support_inbox_configurations', 'the older name of the configurations');
select is_empty($$select t.relname from own_tables t join pg_class c on c.oid = t.oid where not c.relrowsecurity$$,
                'each has row level security');
select is_empty($$select relname from own_tables t
                   where has_table_privilege('anon', t.oid, 'select, insert, update, delete')
                      or has_table_privilege('authenticated', t.oid, 'select, insert, update, delete')$$,
                'a browser has no right on any');
select is_empty($$select relname from own_tables t where not has_table_privilege('service_role', t.oid, 'select')$$,
                'service_role reads all');
select ok(not has_table_privilege('anon', 'public.support_inbox_configurations', 'select'),
          'the view is no way around');
select is_empty($$select relname from own_tables t where obj_description(t.oid, 'pg_class') is null$$,
                'each has a comment');
select ok((select count(*) > 40 from own_functions), 'the functions are there');
select is_empty($$select proname from own_functions f
                   where not coalesce('search_path=pg_catalog, pg_temp' = any (f.proconfig), false)
                     and (select p.prosqlbody from pg_proc p where p.oid = f.oid) is null$$,
                'each has a safe search path, or a body that was bound when it was made');
select is_empty($$select proname from own_functions f where obj_description(f.oid, 'pg_proc') is null$$,
                'each has a comment');
select is_empty($$select proname from own_functions f
                   where has_function_privilege('anon', f.oid, 'execute') and schema = 'public'::regnamespace$$,
                'a browser calls none');
select is_empty($$select proname from own_functions f
                   where not has_function_privilege('service_role', f.oid, 'execute')
                     and schema = 'public'::regnamespace$$, 'service_role calls the documents'' functions');
select ok(not has_schema_privilege('anon', 'nova', 'usage'), 'and nova is closed to it');
select is_empty($$select t.name, r from unnest(array['nova.attachment_contents', 'nova.attachment_bytes',
                                                     'nova.attachment_progress']) t (name),
                                        unnest(array['anon', 'authenticated']) r
                   where has_table_privilege(r, t.name, 'select, insert, update, delete')
                      or not (select c.relrowsecurity from pg_class c where c.oid = t.name::regclass)$$,
                'nor do the bytes of attachments lie open');

select is((select attcompression::text from pg_attribute
            where attrelid = 'public.flux_email_messages'::regclass and attname = 'body'),
          (select case when 'lz4' = any (enumvals) then 'l' else '' end from pg_settings
            where name = 'default_toast_compression'),
          'bodies are compressed with lz4, where the server was built with it');
select is((select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = 'public.flux_email_messages'::regclass and a.attname = 'inbox_id'), 0::bigint,
          'no index of messages begins with the inbox: a plan of an empty table would take it for the key');
-- Indexes on the hot tables, and no more.
select is((select count(*) from pg_index where indrelid = 'public.flux_email_messages'::regclass), 6::bigint,
          'indexes of messages');
select is((select count(*) from pg_index where indrelid = 'public.queued_threads'::regclass), 3::bigint,
          'indexes of queued_threads');
-- service_role works through tables and functions as a program with the service key does.
set role service_role;
insert into flux_inboxes (email, grant_id) values ('ann@example.com', 'g1');
select transition_to_thread_sync(queue_inbox_backfill(id)) as moved from flux_inboxes \gset
insert into queued_threads (config_id, thread_id) select id, 't1' from flux_inbox_configurations;
reset role;
select is((select threads_queued from inbox_sync_stats where backfill_status = 'thread_sync'), 1::bigint,
          'service_role runs a backfill');

select * from finish();
