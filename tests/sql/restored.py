#!/usr/bin/env python3
"""Backup and restore on real servers: whole, data alone, logical replication, back in time, pg_upgrade. Prints TAP.

restored.py BUILD [NAME...]: whole, without_roles, given_away, data_only, owner, replication, back_in_time, upgrade; all by default.
docs/backup.md says what is done here. The rows of restored_rows.sql are of every system, some of them in the middle of something.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from migrations import CATALOG, same
from server import API_ROLES, private_server, sql_error
from tap import tap_stream

HERE = pathlib.Path(__file__).parent
OUTSIDE = {'wal_level': 'logical', 'max_wal_senders': '8', 'max_replication_slots': '12', 'max_worker_processes': '16',
           'max_logical_replication_workers': '8', 'max_sync_workers_per_subscription': '4'}

# What does not change by a restore; sequences and entries of the messenger do.
COUNTS = ' union all '.join(f"select '{table}', count(*) from {table}" for table in [
    'flux_inboxes', 'flux_email_messages', 'flux_email_search', 'flux_inbox_configurations', 'queued_threads',
    'inbox_sync_stats', 'flux_webhook_notifications', 'pgmq.q_orders', 'pgmq.a_orders', 'pgmq.q_nylas_webhook_notifications',
    'pgmq.meta', 'nova.cluster_nodes', 'nova.cluster_leases', 'nova.settings', 'nova.cluster_secret', 'messenger_messages',
    'nova.messenger_lanes', 'messenger_transports', 'messenger_schedules', 'integration_configs', 'integration_sync_history',
    'tenants', 'users', 'conversations', 'messages', 'feedback', 'usage_metrics', 'message_feedback_summary'])
KIND = 'select kind from nova.restored()'
OF_BROWSERS = '''select x.what, a.grantee::regrole, a.privilege_type
  from (select c.oid::regclass::text, c.relacl from pg_class c union all
        select p.oid::regprocedure::text, p.proacl from pg_proc p where obj_description(p.oid, 'pg_proc') like '%(Nova)') x (what, acl),
       aclexplode(x.acl) a where a.grantee in ('anon'::regrole, 'authenticated'::regrole) order by 1, 2, 3'''


class quiet_stream(tap_stream):
    """Says only of what went wrong how it was."""

    def case(self, good, what, diagnosis=''):
        super().case(good, what, '' if good else diagnosis)


def fill(server, database, nova):
    server.create_database(database)
    done = nova(server, database, 'migrate', 'up', '--system', 'all')
    if done.returncode:
        raise sql_error(done.stderr)
    done = server.psql(database, '-f', str(HERE / 'restored_rows.sql'))
    if done.returncode:
        raise sql_error(done.stderr)


def program(server, name, *arguments, **more):
    return subprocess.run([server.programs / name, '-h', server.folder, '-U', 'postgres', *map(str, arguments)],
                          capture_output=True, text=True, check=False, **more)


def eventually(what, seconds=240):
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def after_restore(stream, server, database, counts, tokens):
    """What must be true when nova.after_restore() has run, however the rows came."""
    server.run(database, 'select * from nova.after_restore()')
    stream.case(server.run(database, KIND) == '', 'afterwards nothing is found')
    stream.case(server.run(database, "select count(*) from pg_trigger where tgenabled = 'D'") == '0\n', 'triggers are on')
    found = server.run(database, COUNTS)
    stream.case(found == counts, 'every row of every system is there', f'{counts}\n{found}')
    stream.case(server.run(database, 'select count(*) from nova.cluster_nodes where ended_at is null') == '0\n',
                'the nodes of before have ended')
    claimed = server.run(database, "select count(*), count(distinct id) from messenger_claim('default', null, 'new', 1000)")
    stream.case(claimed == '50|50\n', 'the messages that are due can be claimed, those that a lost worker had too', claimed)
    delayed = server.run(database, "update messenger_messages set available_at = now() where status = 'pending' and transport = 'default';"
                                   " select count(*) from messenger_claim('default', null, 'new', 1000)")
    stream.case(delayed == '50\n', 'and the delayed ones in their time', delayed)
    limited = server.run(database, "select count(*) from messenger_claim('limited', null, 'new', 10)")
    stream.case(limited == '1\n', 'no limit is used up by who is gone', limited)
    now = int(server.run(database, "select nextval('nova.messenger_tokens')"))
    stream.case(now > tokens + 1000, 'no token comes again', f'{now} after {tokens}')
    sent = server.run(database, "select count(*) from messenger_send('new', p_queue => 'new queue') s,"
                                " messenger_claim('default', array['new queue'], 'new') c")
    stream.case(sent == '1\n', 'a queue that is new works', sent)
    read = server.run(database, "update pgmq.q_orders set vt = now(); select count(*) from pgmq.read('orders', 0, 10);"
                                " select pgmq.send('orders', '{}') > 3")
    stream.case(read == '2\nt\n', 'the queues hold what they held', read)
    joined = server.run(database, "select r.epoch > (select max(n.epoch) from nova.cluster_nodes n where n.name = 'old')"
                                  " from nova.register_node('new', array['threads'], '1.0') r")
    stream.case(joined == 't\n', 'a node that starts has a higher fencing number than all of before', joined)
    lease = server.run(database, "select t.token > l.token from (select max(token) as token from nova.cluster_leases) l,"
                                 " nova.take_lease('backfill', (select id from nova.cluster_nodes where name = 'new')) t")
    stream.case(lease == 't\n', 'and takes the lease with a higher token', lease)
    searched = server.run(database, "do $$ begin while nova.fill_search(100) > 0 loop end loop; end $$;"
                                    " select count(*) from flux_email_search where content @@ websearch_to_tsquery('simple', 'subject')")
    stream.case(searched == '5\n', 'all mail can be searched', searched)
    due = server.run(database, "select bool_and(last_swept_at is null) from flux_inboxes")
    stream.case(due == 't\n', 'what came since is looked for: a sweep is due')


def whole(stream, source, counts, tokens, *_):
    """pg_dump -Fc, and a new server without any role."""
    with private_server() as target:
        dump = source.folder / 'whole.dump'
        stream.case(program(source, 'pg_dump', '-Fc', '-f', dump, 'source').returncode == 0, 'whole: dumped')
        target.create_database('target')
        target.run('postgres', ' '.join(f'create role {role} nologin;' for role in ('anon', 'authenticated')) +
                   'create role service_role nologin bypassrls')
        done = program(target, 'pg_restore', '-d', 'target', dump)
        stream.case(done.returncode == 0, 'whole: restored where the roles are', done.stderr)
        stream.case(target.run('target', KIND) == 'database/restored\n', 'whole: another server is noticed')
        after_restore(stream, target, 'target', counts, tokens)


def without_roles(stream, source, counts, tokens, nova):
    """A whole dump on a server where nobody has made the roles before."""
    with private_server() as target:
        dump = source.folder / 'whole.dump'
        program(source, 'pg_dump', '-Fc', '-f', dump, 'source')
        target.create_database('target')
        done = program(target, 'pg_restore', '-d', 'target', dump)
        others = [line for line in re.findall(r'error: (.*)', done.stderr) if not re.search('role "[a-z_]+" does not exist', line)]
        stream.case(done.returncode == 1 and not others, 'without roles: each error is about a role', '\n'.join(others) or done.stderr[-2000:])
        verified = nova(target, 'target', 'migrate', 'verify')
        stream.case(verified.returncode == 1 and 'conversations_select' in verified.stderr, 'without roles: verify says what is missing',
                    verified.stdout + verified.stderr)
        done = nova(target, 'target', 'migrate', 'up')
        stream.case(done.returncode == 0 and 'brought back' in done.stdout, 'without roles: up brings back what they need', done.stdout + done.stderr)
        verified = nova(target, 'target', 'migrate', 'verify')
        stream.case(verified.returncode == 0, 'without roles: then verify is content', verified.stderr)
        same(stream, 'without roles: rights and policies are those of before', source.run('source', CATALOG), target.run('target', CATALOG))
        after_restore(stream, target, 'target', counts, tokens)


def given_away(stream, source, counts, tokens, _):
    """A whole dump on a server that gives browsers everything in public, as Supabase's."""
    with private_server() as target:
        dump = source.folder / 'whole.dump'
        program(source, 'pg_dump', '-Fc', '-f', dump, 'source')
        target.create_database('target')
        target.run('target', API_ROLES + ''.join(f'alter default privileges in schema public grant all on {what} to anon, authenticated, service_role;'
                                                 for what in ('tables', 'functions', 'sequences')))
        done = program(target, 'pg_restore', '-d', 'target', dump)
        stream.case(done.returncode == 0, 'given away: restored', done.stderr)
        target.run('target', 'select * from nova.after_restore()')

        same(stream, 'given away: browsers have what they had', source.run('source', OF_BROWSERS), target.run('target', OF_BROWSERS))


def data_only(stream, source, counts, tokens, nova):
    """Data alone into a migrated database, in the order of the foreign keys, and as Supabase does it."""
    for how, options in (('data alone', {}), ('data alone, as a replica', {'PGOPTIONS': '-c session_replication_role=replica'})):
        with private_server() as target:
            dump = source.folder / 'data.dump'
            done = program(source, 'pg_dump', '-Fc', '--data-only', '--exclude-table-data=nova.schema_migrations', '-f', dump, 'source')
            stream.case(done.returncode == 0, f'{how}: dumped', done.stderr)
            target.create_database('target')
            nova(target, 'target', 'migrate', 'up', '--system', 'all')
            done = nova(target, 'target', 'maintenance', 'before-restore', '--queue', 'orders')
            stream.case(done.returncode == 0, f'{how}: what was migrated is made ready', done.stderr)
            done = program(target, 'pg_restore', '--data-only', '--exit-on-error', '-d', 'target', dump,
                           env={**os.environ, **options})
            stream.case(done.returncode == 0, f'{how}: restored without an error', done.stderr)
            stream.case('database/restoring' in target.run('target', KIND), f'{how}: that it has not ended is noticed')
            target.run('target', 'refresh materialized view message_feedback_summary')
            after_restore(stream, target, 'target', counts, tokens)
            try:
                target.run('target', 'select nova.before_restore()')
                stream.case(False, f'{how}: a database that is used is not emptied')
            except sql_error as error:
                stream.case('has rows' in str(error), f'{how}: a database that is used is not emptied', str(error))


def owner(stream, source, *_):
    """Somebody else owns it, whom row-level security binds."""
    with private_server() as target:
        dump = source.folder / 'whole.dump'
        program(source, 'pg_dump', '-Fc', '-f', dump, 'source')
        target.run('postgres', 'create role app login; create role anon nologin; create role authenticated nologin;'
                               'create role service_role nologin bypassrls')
        target.run('postgres', 'create database target owner app')
        subprocess.run([target.programs / 'pg_restore', '-h', target.folder, '-U', 'app', '--no-owner', '--no-privileges', '-d',
                        'target', dump], capture_output=True, text=True, check=False)
        done = target.psql('target', '-c', 'set session authorization app', '-c', 'select nova.refresh_views()')
        stream.case(done.returncode != 0 and 'row-level security' in done.stderr,
                    'another owner: views are not refreshed with rows that are hidden, but refused', done.stdout + done.stderr)
        for view in ('message_feedback_summary', 'monthly_usage_summary'):
            done = target.psql('target', '-c', 'set session authorization app', '-c', f'refresh materialized view {view}')
            stream.case(done.returncode != 0 and 'row-level security hides rows' in done.stderr,
                        f'another owner: REFRESH of {view} is refused too', done.stdout + done.stderr)
        done = target.psql('target', '-c', 'alter role app bypassrls', '-c', 'set session authorization app',
                           '-c', 'select nova.refresh_views(); select count(*) from message_feedback_summary')
        stream.case(done.returncode == 0 and done.stdout == '2\n1\n', 'another owner: who sees the rows refreshes them',
                    done.stdout + done.stderr)


def replication(stream, source, counts, tokens, nova):
    """Everything to a second server, where new queues of both kinds appear while it runs."""
    with private_server(settings=OUTSIDE) as target:
        schema = program(source, 'pg_dump', '--schema-only', 'source').stdout
        target.create_database('target')
        target.run('postgres', 'create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls')
        (target.folder / 'schema.sql').write_text(schema)
        done = target.psql('target', '-f', str(target.folder / 'schema.sql'))
        stream.case(done.returncode == 0, 'replication: the schema is copied', done.stderr)
        source.run('source', 'create publication everything for all tables')
        target.run('target', f"create subscription copy connection '{source.connection('source')}' publication everything")
        in_step = eventually(lambda: target.run('target', "select count(*) from pg_subscription_rel where srsubstate <> 'r'") == '0\n')
        stream.case(in_step, 'replication: all tables come into step')
        source.run('source', "select count(*) from messenger_send('first of its queue', p_queue => 'invoices')")
        source.run('source', "insert into tenants (id, name, slug) values ('later', 'Later', 'later')")
        arrived = eventually(lambda: target.run('target', "select count(*) from tenants where id = 'later'") == '1\n')
        stream.case(arrived, 'replication: goes on when a messenger queue appears', (target.folder / 'log').read_text()[-2000:])
        stream.case(target.run('target', "select count(*) from nova.messenger_lanes where queue = 'invoices'") == '1\n',
                    'replication: the new lane is there')
        # A table is no row: what is made on one side is made on the other, or left out.
        target.run('target', "select pgmq.create('letters'); delete from pgmq.meta where queue_name = 'letters'")
        source.run('source', "select pgmq.create('letters'); select pgmq.send('letters', '{}')")
        target.run('target', 'alter subscription copy refresh publication')
        letter = eventually(lambda: target.run('target', 'select count(*) from pgmq.q_letters') == '1\n')
        stream.case(letter, 'replication: a queue that is made on both sides follows', (target.folder / 'log').read_text()[-2000:])
        done = nova(target, 'target', 'migrate', 'up')
        stream.case(done.returncode == 0 and 'up to date' in done.stdout, 'replication: the copy has all migrations', done.stdout + done.stderr)
        target.run('target', 'drop subscription copy')
        source.run('source', "drop publication everything; delete from tenants where id = 'later'; select pgmq.drop_queue('letters');"
                             " delete from messenger_messages where queue = 'invoices'; delete from nova.messenger_lanes where queue = 'invoices'")
        target.run('target', "delete from tenants where id = 'later'; select pgmq.drop_queue('letters');"
                             " delete from messenger_messages where queue = 'invoices'; delete from nova.messenger_lanes where queue = 'invoices'")
        stream.case('database/restored' in target.run('target', KIND), 'replication: the copy is noticed')
        target.run('target', 'refresh materialized view message_feedback_summary')
        after_restore(stream, target, 'target', counts, tokens)


def upgrade(stream, source, counts, tokens, *_):
    """pg_upgrade; to the same version where there is no newer one, which makes another server too."""
    with private_server() as old:
        dump = source.folder / 'whole.dump'
        program(source, 'pg_dump', '-Fc', '-f', dump, 'source')
        old.run('postgres', 'create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls')
        old.create_database('target')
        program(old, 'pg_restore', '-d', 'target', dump)
        old.run('target', 'select * from nova.after_restore()')
        old.stop()
        new = old.folder / 'new'
        subprocess.run([old.programs / 'initdb', '-D', new, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
                       check=True, stdout=subprocess.DEVNULL, cwd='/', **old.identity)
        done = subprocess.run([old.programs / 'pg_upgrade', '-b', old.programs, '-B', old.programs, '-d', old.folder / 'data', '-D', new,
                               '-U', 'postgres', '-s', old.folder], capture_output=True, text=True, check=False, cwd=old.folder, **old.identity)
        stream.case(done.returncode == 0, 'upgrade: pg_upgrade is content', done.stdout[-2000:] + done.stderr)
        shutil.rmtree(old.folder / 'data')
        new.rename(old.folder / 'data')
        old.launch()
        stream.case(old.run('target', KIND) == 'database/restored\n', 'upgrade: the new server is noticed')
        after_restore(stream, old, 'target', counts, tokens)


def back_in_time(stream, *given):
    """A base backup and its log up to a name; what was given out after that is not given again."""
    with private_server(settings={'archive_mode': 'on', 'archive_command': 'test -d ../archive && cp %p ../archive/%f', **OUTSIDE,
                                  'full_page_writes': 'on'}) as server:
        archive = server.folder / 'archive'
        subprocess.run(['mkdir', archive], check=True, **server.identity)
        fill(server, 'target', given[-1])
        counts = server.run('target', COUNTS)
        done = program(server, 'pg_basebackup', '-D', server.folder / 'base', '-c', 'fast', cwd='/', **server.identity)
        stream.case(done.returncode == 0, 'back in time: a base backup', done.stderr)
        server.run('postgres', "select pg_create_restore_point('here')")
        late = server.run('target', "select token from messenger_send('late'), messenger_claim('default', null, 'a worker that lives on')"
                                    ' order by token desc limit 1')
        epoch = int(server.run('target', "select epoch from nova.register_node('late', '{}', '1.0', lease => '1 hour')"))
        server.run('postgres', 'select pg_switch_wal()')
        eventually(lambda: server.run('postgres', 'select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216)'
                                                  ' from pg_stat_archiver') == 't\n')
        server.stop()
        shutil.rmtree(server.folder / 'data')
        (server.folder / 'base').rename(server.folder / 'data')
        (server.folder / 'data' / 'recovery.signal').touch()
        server.settings.update({'restore_command': 'cp ../archive/%f %p', 'recovery_target_name': 'here',
                                'recovery_target_action': 'promote'})
        server.launch()
        eventually(lambda: server.run('postgres', 'select pg_is_in_recovery()') == 'f\n')
        stream.case(server.run('target', KIND) == 'database/restored\n', 'back in time: the other timeline is noticed')
        server.run('target', 'select * from nova.after_restore()')
        mine = server.run('target', "select min(token), count(*) from messenger_claim('default', null, 'new', 1000)").split('|')
        stream.case(int(mine[0]) > int(late) + 1000, 'back in time: no token is given twice', f'{mine} after {late}')
        outcome = server.run('target', f'select outcome from messenger_complete((select array_agg(id) from messenger_messages'
                                       f" where status = 'processing' limit 1), (select array_agg({late}) from messenger_messages"
                                       " where status = 'processing' limit 1)) limit 1")
        stream.case(outcome == 'stale\n', 'back in time: what a worker of before says of a message is refused', outcome)
        again = int(server.run('target', "select epoch from nova.register_node('new', '{}', '1.0')"))
        stream.case(again > epoch, 'back in time: a node has a higher number than one that was lost', f'{again} after {epoch}')
        found = server.run('target', COUNTS.replace("select 'nova.cluster_nodes', count(*) from nova.cluster_nodes",
                                                    "select 'nova.cluster_nodes', count(*) - 1 from nova.cluster_nodes"))
        stream.case(found == counts, 'back in time: the rows of that moment', f'{counts}\n{found}')


CASES = {case.__name__: case for case in (whole, without_roles, given_away, data_only, owner, replication, back_in_time, upgrade)}


def main(build, *names):
    def nova(server, database, *words):
        url = f'postgresql://postgres@/{database}?host={server.folder}'
        return subprocess.run([pathlib.Path(build).resolve() / 'nova', *words], capture_output=True, text=True, check=False, cwd='/',
                              env=dict(os.environ, DATABASE_URL=url))

    stream = quiet_stream()
    with private_server(settings=OUTSIDE) as source:
        source.folder.chmod(0o777)  # dumps are written as who runs this
        fill(source, 'source', nova)
        counts = source.run('source', COUNTS)
        tokens = int(source.run('source', 'select last_value from nova.messenger_tokens'))
        stream.case(source.run('source', KIND) == '', 'in the server in which it was migrated nothing is found')
        for name in names or CASES:
            CASES[name](stream, source, counts, tokens, nova)
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
