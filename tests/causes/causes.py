#!/usr/bin/env python3
"""The troubles of docs/troubles.md, each done to real nodes: causes.py BUILD [--nodes N] [--within SECONDS] [PATTERN…].

Of each `nova doctor` and the shell's `doctor` name the cause within five seconds, first in their lists, in text and JSON, with the
exit code; `status`, `explain` and `why` do not contradict them; what they advise cures it. Beside other tests they may take longer.
"""
import argparse
import contextlib
import json
import pathlib
import sys
import time
import traceback
import urllib.error
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import trouble as fixture  # noqa: E402
from tap import tap_stream  # noqa: E402
from trouble import eventually  # noqa: E402

CASES = []


def cause(name, **options):
    """A case: its name, the simulator's options, `least` nodes, `own` server with these settings."""
    def add(run):
        CASES.append((name, run, options))
        return run
    return add


# ---- the provider

@cause('an expired grant')
def expired_grant(it):
    it.sim('PUT', '/sim/settings', {'latency_ms': 300})
    it.start()
    it.backfill()
    it.await_status('discovering|thread_sync')
    it.sim('POST', f'/sim/grants/{it.grant}/expire')

    def authorise():
        it.sim('POST', f'/sim/grants/{it.grant}/reauthorise?backfill=false')
        it.must('inbox', 'check', 'you@example.com')
    it.expect('you@example.com: the grant is auth_expired', level='CRIT', explain='grant', cure=authorise)
    it.await_status('completed')


@cause('a wrong API key on one node')
def wrong_key(it):
    n1 = it.nodes['n1'].start(NYLAS_API_KEY='wrong')
    for one in it.nodes.values():
        if one is not n1:
            one.start()
    it.await_up()
    it.backfill()

    def right_key():
        n1.stop()
        n1.start()
    it.expect("n1: provider unreachable: Nylas refuses this node's NYLAS_API_KEY", level='CRIT', explain='api' if it.count == 1 else None,
              cure=right_key)
    it.await_status('completed')


@cause('a storm of 429', mailbox={'--mailbox-threads': 200})
def throttled(it):
    it.sim('PUT', '/sim/faults', {'seed': 1, 'rules': [{'fault': '429-provider', 'path_regex': '^/v3/grants/[^/]+/', 'retry_after': 8}]})
    it.start()
    it.backfill()
    it.expect('throttled', explain='throttled', cure=lambda: it.sim('DELETE', '/sim/faults'))
    it.await_status('completed', 60)


@cause('a provider that is away')
def provider_away(it):
    it.start()
    it.simulator.kill()
    it.simulator.wait()
    it.backfill()
    port = it.provider['url'].rsplit(':', 1)[1]

    def back():
        it.mailbox['--port'] = port
        it.start_simulator()
    it.expect('n[0-9]: provider unreachable from this node', level='CRIT', explain='api', cure=back, by=('shell',))
    it.await_status('completed')


@cause('one item that is refused while its grant works')
def refused_item(it):
    it.start()
    it.backfill()
    it.await_status('completed')
    message, thread = it.sql('select nylas_message_id, nylas_thread_id from flux_email_messages limit 1').split('|')
    it.sim('PUT', '/sim/faults', {'seed': 1, 'rules': [{'fault': '500', 'path_regex': f'/messages/{message}'}]})
    told = {'id': 'w1', 'type': 'message.updated.truncated',
            'data': {'object': {'id': message, 'object': 'message', 'thread_id': thread, 'grant_id': it.grant}}}
    it.sql(f"insert into flux_webhook_notifications (notification_id, notification_type, payload) values ('w1', '{told['type']}', $${json.dumps(told)}$$);"
           "select pgmq.send('nylas_webhook_notifications', '{\"notification_id\": \"w1\"}')")
    it.expect('webhooks: .*HTTP 500', cure=lambda: it.sim('DELETE', '/sim/faults'))


@cause("a provider's pace that is the limit", mailbox={'--provider': 'google', '--mailbox-threads': 2000, '--messages': 3})
def pace(it):
    it.start()
    it.backfill()
    it.await_status('discovering|thread_sync')
    it.expect("pace:.*units", level='NOTE', explain=False, cure=lambda: it.must('backfill', 'cancel', it.config), within=15,
              says={'grants': 'n[0-9]', f'explain {it.config}': 'pace'})


# ---- the database

@cause('a lock that somebody holds')
def lock(it):
    it.start()
    with it.session('begin; lock table queued_threads in exclusive mode', application='psql'):
        it.backfill()
        it.expect('database: pid .*psql.*lock table queued_threads in exclusive mode, holds a lock', level='CRIT', explain='holds a lock')
    it.await_status('completed')


@cause('an alter table that was left open')
def left_open(it):
    it.start()
    it.backfill()
    with it.session('begin; alter table queued_threads add if_only integer', application='psql'):
        it.expect('database: pid .*psql.*alter table queued_threads', level='CRIT', explain='holds a lock')
    it.await_status('completed')


@cause('a transaction that pins what vacuum may remove')
def open_transaction(it):
    it.start()
    with it.session('begin isolation level repeatable read; select count(*) from flux_inboxes', application='report'):
        it.expect('database: pid .*report.*has had a transaction open', within=6)


@cause('no connection that is left', own={'max_connections': '30', 'superuser_reserved_connections': '5'})
def connections(it):
    it.sql('create role pool login')
    it.start()
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            try:
                stack.enter_context(it.session('select 1', application='pool', user='pool'))
            except fixture.wrong:
                break
        it.expect('database: .*connections are used', level='CRIT', by=('shell',))


@cause('a disk that is full', own='small', mailbox={'--mailbox-threads': 2000, '--messages': 4})
def disk_full(it):
    it.sim('PUT', '/sim/settings', {'latency_ms': 200})
    it.start()
    it.backfill()
    it.await_status('discovering|thread_sync')
    it.server.fill()
    it.expect('database: .*disk is full', level='CRIT', explain='disk is full', cure=it.server.make_room, within=10)
    it.await_status('completed', 60)


@cause('a database that is down', own={})
def database_down(it):
    it.start()
    it.server.halt()
    it.expect('database: ', level='CRIT', cure=it.server.resume, says={'why n1/database': 'connect|database'})
    it.backfill()
    it.await_status('completed', 60)


@cause('a function that is missing')
def missing_function(it):
    it.start()
    it.sql('alter function nova.claim_threads(text, bigint, integer) rename to claim_threads_2')
    it.backfill()
    it.expect('database: .*claim_threads', level='CRIT', explain='claim_threads',
              cure=lambda: it.sql('alter function nova.claim_threads_2(text, bigint, integer) rename to claim_threads'))
    it.await_status('completed')


@cause('a database that is slow')
def slow_database(it):
    it.sql('''create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(1.1); return null; end';
              create trigger slow after insert or update on flux_email_threads for each statement execute function slow()''')
    it.start()
    it.backfill()
    it.expect('database: .*take', cure=lambda: it.sql('drop trigger slow on flux_email_threads'), within=15)
    it.await_status('completed', 60)


@cause('a row that the database refuses')
def poison_row(it):
    it.sql("alter table flux_email_messages add constraint odd check (nylas_message_id !~ '^nm-[0-3]') not valid")
    it.start()
    it.backfill()
    eventually(lambda: any(one.said('odd') for one in it.nodes.values()), 60, 'a row is refused')
    it.expect('the database refuses .*constraint "odd"|the database refuses .*odd', explain='refuses|odd',
              cure=lambda: (it.sql('alter table flux_email_messages drop constraint odd'), it.nova('backfill', 'retry', it.config)))
    it.await_status('completed', 90)


@cause('a slot that holds WAL', own={})
def slot(it):
    it.start()
    it.sql("select pg_create_physical_replication_slot('standby_1', true)")
    it.expect('database: nobody reads the replication slot standby_1')


def after_restore(it):
    """What is advised, as it says: while no node runs."""
    for one in it.nodes.values():
        one.stop()
    it.paste(it.found['next'])
    for one in it.nodes.values():
        one.start()


@cause('a database that was restored')
def restored(it):
    it.restore_into(it.stack.enter_context(fixture.server_alone()))
    it.start()
    it.expect('database: .*its rows are of another server', cure=lambda: after_restore(it))
    it.backfill()
    it.await_status('completed')


@cause('a restore of data that has not ended')
def restoring(it):
    it.restore_data()
    it.start()
    it.expect('database: .*triggers', level='CRIT', cure=lambda: after_restore(it))
    it.backfill()
    it.await_status('completed')


@cause('a role that lacks a right')
def lacking_right(it):
    it.must('migrate', 'up', '--worker-role', it.database + '_worker')
    it.stack.callback(it.server.run, 'postgres', f'drop role if exists {it.database}_worker')
    it.stack.callback(it.server.run, it.database, f'drop owned by {it.database}_worker')
    it.sql(f'alter role {it.database}_worker login; revoke all on public.queued_threads from {it.database}_worker')
    it.start(DATABASE_URL=it.environment['DATABASE_URL'].replace('postgres@', f'{it.database}_worker@'))
    it.backfill()
    it.expect('database: .*lacks a right.*queued_threads', level='CRIT', explain='lacks a right', within=10)
    it.await_status('completed', 60)


@cause('a program that is older than the schema')
def older_program(it):
    it.start()
    it.sql("insert into nova.schema_migrations (system, name, checksum) values ('email', '999_future', 'x')")
    it.expect('database: .*older than the schema: email/999_future', explain=None,
              cure=lambda: it.sql("delete from nova.schema_migrations where name = '999_future'"))


# ---- what operators do

@cause('paused threads')
def paused_threads(it):
    it.start(BACKFILL_STRATEGY='threads')
    it.shell('pause threads --reason quota --yes', '--role', 'operate')
    it.backfill()
    it.expect('threads: thread work is paused by .*: quota', explain='paused', within=5)
    it.await_status('completed')


@cause('a paused backfill')
def paused_backfill(it):
    it.sim('PUT', '/sim/settings', {'latency_ms': 300})
    it.start()
    it.backfill()
    it.must('backfill', 'pause', it.config, '--reason', 'too loud')
    it.expect('backfill:.*paused by .*: too loud', explain='paused by .*too loud')
    it.await_status('completed', 60)


@cause('a node that is drained')
def drained(it):
    it.start(BACKFILL_STRATEGY='threads')
    for name in it.nodes:
        it.shell(f'drain {name} --reason upgrade --yes', '--role', 'admin')
    it.backfill()

    def undrain():
        for name in it.nodes:
            it.shell(f'undrain {name} --yes', '--role', 'admin')
    it.expect('n1: drained by .*: upgrade|role:.*drained', level=('WARN', 'CRIT'), explain='drained', cure=None if it.count == 1 else undrain)
    it.await_status('completed')


@cause('an actor that is suspended')
def suspended(it):
    it.start()
    it.shell('suspend n1/mail_store --yes', '--role', 'operate')
    it.backfill()
    it.expect('n1/mail_store: suspended', says={'why n1/mail_store': 'suspended'})
    it.await_status('completed')


@cause('a pause that came with an old environment')
def inherited_pause(it):
    it.start(THREAD_DELAY_MS='3000')
    it.expect('n1/THREAD_DELAY_MS: a pause of 3000 ms', by=('shell',), cured=False, cure=lambda: None)
    it.environment['THREAD_DELAY_MS'] = '3000'
    it.expect('THREAD_DELAY_MS: a pause of 3000 ms', by=('nova',), cured=False, cure=lambda: None, status=True)


# ---- nodes

@cause('a node that died', least=2)
def dead_node(it):
    it.start()
    it.asked = 'n2'
    it.nodes['n1'].kill()
    it.expect('n1: dead', cure=it.nodes['n1'].start, within=6)


@cause('all nodes are dead')
def all_dead(it):
    it.start()
    for one in it.nodes.values():
        one.kill()
    it.backfill()
    it.asked = '--pg'

    def again():
        for one in it.nodes.values():
            one.start()
    it.expect('cluster: no node runs|role:', level='CRIT', explain='no living node', cure=again, within=10)
    it.await_status('completed')


@cause('a role that no node has')
def missing_role(it):
    it.start('--roles', 'webhooks,backfill,completion,jobs', BACKFILL_STRATEGY='threads')
    it.sim('PUT', '/sim/settings', {'latency_ms': 20})
    it.backfill()
    it.nodes['n9'] = fixture.node(it, 'n9')
    it.expect('role:threads: no living node has the role threads', level='CRIT', explain='no living node has it', within=10,
              cure=lambda: it.nodes['n9'].start('--roles', 'threads', BACKFILL_STRATEGY='threads'))
    it.await_status('completed')


@cause('a queue that nobody reads')
def unread_queue(it):
    it.start('--roles', 'backfill,threads,completion,jobs')
    it.sql("insert into flux_webhook_notifications (notification_id, notification_type, payload) values ('w1', 'message.created', '{}');"
           "select pgmq.send('nylas_webhook_notifications', '{\"notification_id\": \"w1\"}')")
    it.nodes['n9'] = fixture.node(it, 'n9')
    it.expect('role:webhooks: no living node has the role webhooks', level='CRIT', cure=lambda: it.nodes['n9'].start('--roles', 'webhooks'))


@cause('a clock that is two minutes off')
def skewed_clock(it):
    it.nodes['n1'].start(LD_PRELOAD=str(it.build / 'tests/support/libskewed_clock.so'), SKEWED_SECONDS='120')
    for name, one in it.nodes.items():
        if name != 'n1':
            one.start()
    it.await_up()

    def right_clock():
        it.nodes['n1'].stop()
        it.nodes['n1'].start()
    it.expect('n1/clock: ', by=('shell',), cure=right_clock, within=8)


@cause('two processes of one name')
def same_name(it):
    it.start()
    second = it.nova('run', '--name', 'n1', '--http', 'off')
    if second.returncode != 2 or 'n1' not in second.stderr:
        raise fixture.wrong(f'the second n1 ends with {second.returncode}:\n{second.stderr}')
    it.expect('n1: .*another process wanted this name', cured=False, cure=lambda: None)


# ---- between nodes

def joins_wrongly(it, finds, wrong, right=None):
    """A node that others cannot link to, until it is started with the right settings."""
    it.nodes['n9'] = fixture.node(it, 'n9').start(**wrong)

    def start_rightly():
        it.nodes['n9'].stop()
        it.nodes['n9'].start(**(right or {}))
    it.expect('n[19]/links.*: .*' + finds, cure=start_rightly, within=8)


@cause('another link secret')
def other_secret(it):
    it.start()
    joins_wrongly(it, 'SECRET', {'NOVA_CLUSTER_SECRET': 'another one for this test, also 32'})


@cause('another cluster name')
def other_cluster(it):
    it.start()
    joins_wrongly(it, 'cluster', {'NOVA_CLUSTER_NAME': 'another'})


@cause('a certificate of another node')
def other_certificate(it):
    folder = it.folder / 'certificates'
    it.must('cluster', 'certs', str(folder), '--nodes', ','.join(['n9', *it.nodes]))

    def certificate_of(name):
        return {'NOVA_TLS_CERT': str(folder / f'{name}.crt'), 'NOVA_TLS_KEY': str(folder / f'{name}.key'), 'NOVA_TLS_CA': str(folder / 'ca.crt')}
    for name, one in it.nodes.items():
        one.start(**certificate_of(name))
    it.await_up()
    joins_wrongly(it, 'certificate', certificate_of('n1'), certificate_of('n9'))


# ---- what comes in

@cause('a wrong webhook secret')
def wrong_webhook_secret(it):
    ports = {name: fixture.free_port() for name in it.nodes}
    for name, one in it.nodes.items():
        one.start('--http', f'127.0.0.1:{ports[name]}', NYLAS_WEBHOOK_SECRET='another')
    it.await_up()
    for _ in range(3):
        request = urllib.request.Request(f'http://127.0.0.1:{ports["n1"]}/webhooks/nylas', b'{"type":"message.created"}',
                                         {'Content-Type': 'application/json', 'x-nylas-signature': '0' * 64})
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=5)

    def right_secret():
        it.nodes['n1'].stop()
        it.nodes['n1'].start()
    it.expect('n1/.*: .*NYLAS_WEBHOOK_SECRET', level='CRIT', cure=right_secret, by=('shell',))


@cause('messages of a queue that were given up')
def given_up(it):
    it.start()
    for _ in range(3):
        it.sql("select pgmq.send('thread_sync_jobs', '[1, 2]')")
    it.expect('queue:thread_sync_jobs: 3 messages were given up', says={'dead-letters message': 'thread_sync_jobs'})


@cause('a schedule that is overdue')
def overdue_schedule(it):
    it.must('migrate', 'up', '--system', 'messenger')
    it.start('--roles', 'webhooks,backfill,threads,completion')  # nobody who sends what is due
    it.sql("""insert into messenger_schedules (name, type, body, kind, every) values ('nightly', 'report', '{}', 'interval', '1 hour');
              update messenger_schedules set next_run_at = now() - interval '10 minutes' where name = 'nightly'""")
    it.expect('schedule:nightly: .*overdue', cure=lambda: it.sql("delete from messenger_schedules"))


def run(build, count, patterns):
    tap = tap_stream()
    chosen = [one for one in CASES if (not patterns or any(p in one[0] for p in patterns)) and one[2].get('least', 1) <= count]
    with contextlib.ExitStack() as stack:
        shared = stack.enter_context(fixture.migrated_server(build))
        for number, (name, case, options) in enumerate(chosen):
            began = time.monotonic()
            try:
                with contextlib.ExitStack() as own:
                    server = shared if options.get('own') is None else own.enter_context(fixture.own_server(build, options['own']))
                    if server is None:
                        tap.case(True, f'{name} # SKIP it needs root')
                        continue
                    it = own.enter_context(fixture.trouble(server, build, count, number, options.get('mailbox', ())))
                    case(it)
                tap.case(True, f'{name}, {count} nodes ({time.monotonic() - began:.1f} s)')
            except Exception as failure:  # noqa: BLE001: one case must not end the others
                text = str(failure) if isinstance(failure, fixture.wrong) else traceback.format_exc()
                tap.case(False, f'{name}, {count} nodes ({time.monotonic() - began:.1f} s)', text)
    return tap.end()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument('build')
    arguments.add_argument('--nodes', type=int, default=1)
    arguments.add_argument('--within', type=float, default=fixture.NAMED_WITHIN)
    arguments.add_argument('patterns', nargs='*')
    given = arguments.parse_intermixed_args()
    fixture.patience = max(given.within / fixture.NAMED_WITHIN, 1)
    sys.exit(run(given.build, given.nodes, given.patterns))


main()
