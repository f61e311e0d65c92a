#!/usr/bin/env python3
"""Faults of a live cluster: faults.py BUILD [PATTERN…]. Each case has its own database, simulator, nodes and network namespaces.

Triggers write down every claim and every completion, so that work that was done twice in effect is seen, also by a control run in
which the check of the token is taken out.
"""
import contextlib
import os
import pathlib
import random
import signal
import statistics
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import cluster_fixture as fixture  # noqa: E402

DECLARED_DEAD = 75
NOTES = """
create table seen (thread_id text, what text, epoch bigint, at timestamptz default clock_timestamp());
create function note_thread() returns trigger language plpgsql set search_path = public as $$
begin
  if new.status = 'completed' then
    insert into seen values (new.thread_id, 'completed', old.claim_epoch);
  elsif new.status = 'processing' and new.claim_token is distinct from old.claim_token then
    insert into seen values (new.thread_id, 'claimed', new.claim_epoch);
  end if;
  return null;
end $$;
create trigger note_thread after update on queued_threads for each row execute function note_thread();
"""
# Behind a pooler nothing ends the sessions of a dead node: only the token is left.
WITHOUT_CUTTING = "create or replace function nova.cut_off(which bigint) returns bigint language sql as 'select 0::bigint';"
WITHOUT_TOKENS = """
do $do$
declare body text := regexp_replace(pg_get_functiondef('nova.finish_threads'::regproc), ' and [qt]\.claim_token = [gm]\.token', '', 'g');
begin
  if body = pg_get_functiondef('nova.finish_threads'::regproc) then raise exception 'the check is not where it was'; end if;
  execute body;
end $do$;
"""


class watched_cluster(fixture.cluster):
    """Which notes what is done to each thread."""

    def __enter__(self):
        super().__enter__()
        self.server.run('nova', NOTES)
        return self

    def doubles(self):
        return int(self.database.value("select count(*) from (select from seen where what = 'completed' group by thread_id having count(*) > 1) x"))

    def verify(self):
        super().verify()
        if doubles := self.doubles():
            raise fixture.broken(f'{doubles} threads were completed twice')

    def holder(self, lease):
        """The node that has it; waits for one."""
        found = fixture.eventually(lambda: self.database.value(
            f"select n.name from nova.cluster_leases l join nova.cluster_nodes n on n.id = l.holder where l.name = '{lease}' and n.ended_at is null", ''),
            what=f'that somebody has the lease {lease}')
        return self.nodes[found]

    def kill_holder(self, lease):
        victim = self.holder(lease)
        token = int(self.database.value(f"select token from nova.cluster_leases where name = '{lease}'"))
        victim.kill()
        fixture.eventually(lambda: int(self.database.value(
            f"select coalesce(max(token), 0) from nova.cluster_leases where name = '{lease}' and holder is not null", '0')) > token,
            what=f'that another takes the lease {lease}')
        victim.start()

    def tokens(self):
        return dict(self.database.rows('select name, token from nova.cluster_leases where holder is not null'))

    def completed(self):
        return int(self.database.value("select count(*) from seen where what = 'completed'", '0'))

    def await_work(self, count=1):
        """Until so many more threads are completed, or all."""
        wanted = self.completed() + count
        fixture.eventually(lambda: self.completed() >= wanted or self.left() == 0, within=10, what='that work goes on')

    @contextlib.contextmanager
    def locked(self, lock):
        """Somebody's transaction has a table locked."""
        somebody = fixture.database_session(self.server.connection('nova'))
        try:
            somebody.rows('begin')
            somebody.rows(lock)
            yield
        finally:
            somebody.close()

    def restart_database(self):
        self.server.restart()
        done = int(self.database.value("select count(*) from seen where what = 'completed'"))
        # Under load again, before the next one.
        fixture.eventually(lambda: self.tend() or int(self.database.value("select count(*) from seen where what = 'completed'", '0')) > done or self.left() == 0,
                           what='that work goes on after the restart')


def cluster(build, **settings):
    settings.setdefault('settings', {'NOVA_THREAD_WINDOW': '8'})
    return watched_cluster(build, **settings)


def the_holder_of_a_lease_is_killed_twenty_times_in_a_row(build):
    # Five, because who has just been started again may not judge others yet.
    with cluster(build, nodes=5, threads=2000, latency_ms=100) as it:
        it.start()
        it.start_backfill()
        for _ in range(20):
            it.kill_holder('completion_monitor')
        it.await_completion()
        it.verify()


def the_database_is_restarted_ten_times_under_load(build):
    with cluster(build, threads=2500, latency_ms=100) as it:
        it.start()
        before = [it.incarnation(name) for name in it.names]
        it.start_backfill()
        for _ in range(10):
            it.restart_database()
        it.await_completion()
        it.verify()
        if before != [it.incarnation(name) for name in it.names]:
            raise fixture.broken('a node died of it')


def nodes_are_killed_while_the_database_restarts(build):
    chance = random.Random(3)
    with cluster(build, threads=2500, latency_ms=100) as it:
        it.start()
        it.start_backfill()
        for _ in range(5):
            victim = it.nodes[chance.choice(it.names)]
            if victim.running():
                victim.kill()
            it.restart_database() # and tends to the victim
        it.await_completion()
        it.verify()


def an_outage_of_the_database_longer_than_a_lease_kills_no_node(build, seconds=30):
    with cluster(build, threads=1500, latency_ms=100) as it:
        it.start()
        before = [it.incarnation(name) for name in it.names]
        it.start_backfill()
        fixture.eventually(lambda: int(it.database.value("select count(*) from seen where what = 'completed'")) > 100, what='that work runs')
        it.server.stop()
        time.sleep(seconds)  # what is tested: nothing happens meanwhile
        it.server.start()
        back = time.monotonic()
        done = int(it.database.value("select count(*) from seen where what = 'completed'"))
        fixture.eventually(lambda: int(it.database.value("select count(*) from seen where what = 'completed'", '0')) > done, what='that work goes on')
        resumed = time.monotonic() - back
        it.await_completion()
        it.verify()
        if before != [it.incarnation(name) for name in it.names] or not all(one.running() for one in it.nodes.values()):
            raise fixture.broken('a node died of it')
        if resumed > 5:
            raise fixture.broken(f'work went on only after {resumed:.1f} s')
        return f'work went on {1000 * resumed:.0f} ms after the server took connections'


NOTE_WINDOWS = """
create table listed (window_id bigint, pass smallint, node text, what text, cursor text, at timestamptz default clock_timestamp());
create function note_window() returns trigger language plpgsql set search_path = public as $$
begin
  if new.token <> old.token then
    insert into listed values (new.id, new.pass, new.node, 'claimed', new.cursor);
  elsif new.cursor <> old.cursor or new.listed_at is distinct from old.listed_at then
    insert into listed values (new.id, new.pass, new.node, 'page', old.cursor);
  end if;
  return null;
end $$;
create trigger note_window after update on public.backfill_windows for each row execute function note_window();
"""
# Of the first leg, in which only the mail is listed: what such a node has claimed it is listing.
LISTING = "from public.backfill_windows where node = '{}' and listed_at is null and token <> 0 and (cursor = '' or cursor like 'messages%')"


def lists_fetched(it):
    """But those of the survey of the mailbox with which a backfill begins."""
    routes = it.simulator('statistics')['requests']['routes']
    return (sum(routes[f'GET /v3/grants/*/{what}']['200'] for what in ('messages', 'threads'))
            - int(it.database.value('select count(*) from nova.mail_samples')))


def listed_windows(it):
    """Completes and verifies; fails where a page counted twice. Returns lists fetched beyond those of the pages, and what a reader is told."""
    it.await_completion()
    fetched = lists_fetched(it)
    it.simulator('settings', {'latency_ms': 0})  # the audit lists everything once more
    it.verify()
    shares = dict(it.database.rows("select node, count(distinct window_id) from listed where what = 'page' and pass = 0 group by 1"))
    windows, pages = map(int, it.database.rows('select count(*) filter (where pass = 0), sum(pages) from backfill_windows')[0])
    twice = int(it.database.value("select count(*) - count(distinct (window_id, cursor)) from listed where what = 'page'"))
    # Threads that reach out of the range are fetched too, and the inbox's sweep is one list.
    beyond = fetched - pages - int(it.database.value("select count(*) from seen where what = 'claimed'")) - 1
    said = f'of {windows} windows {shares}, {pages} pages, {beyond} lists more'
    if twice or beyond < 0:
        raise fixture.broken(f'{twice} checkpoints were written twice, or pages were counted twice: {said}')
    return windows, {name: int(shares.get(name, 0)) for name in it.names}, beyond, said


def windows_are_listed_on_all_nodes(build):
    # The certifier would list the mailbox again.
    with cluster(build, threads=2500, messages=6, latency_ms=200, settings={'BACKFILL_STRATEGY': 'messages', 'NOVA_CERTIFY': 'false'}) as it:
        it.server.run('nova', NOTE_WINDOWS)
        it.start()
        it.start_backfill()
        seen = set()

        def listers():
            seen.update(row['actor'].split('/')[0] for row in it.shell('n1', 'ps window_lister --columns actor'))
            return seen == set(it.names)
        fixture.eventually(listers, within=10, every=0.05, what='that `ps` has listers of windows on all nodes')
        windows, shares, beyond, said = listed_windows(it)
        if not all(5 * share >= windows for share in shares.values()):
            raise fixture.broken(f'no fair share: {said}')
        # A survey asks once more for a part that its page did not hold.
        if beyond > 4:
            raise fixture.broken(f'something was listed twice: {said}')
        return said


def windows_of_a_killed_node_go_on_at_once(build):
    """First one is killed that only lists, then the one on which the backfill runs."""
    with cluster(build, threads=2500, messages=6, latency_ms=600, settings={'BACKFILL_STRATEGY': 'messages', 'NOVA_CERTIFY': 'false'}) as it:
        it.server.run('nova', NOTE_WINDOWS)
        it.start()
        it.start_backfill()
        delays = []
        for at_home in (False, True):
            home = it.holder(f'backfill:{it.config}')
            victim = home if at_home else next(one for one in it.nodes.values() if one is not home)
            in_hand = LISTING.format(victim.name)
            fixture.eventually(lambda sql=in_hand: it.database.value(f"select count(*) > 1 and bool_or(cursor <> '') {sql}") == 't', within=10,
                               what=f'that {victim.name} is in the middle of windows')
            killed_at = it.database.value('select clock_timestamp()')
            victim.kill()
            dead_at = it.database.value('select clock_timestamp()')
            kept = dict(row if len(row) > 1 else (*row, '') for row in it.database.rows(f'select id, cursor {in_hand}'))
            victim.start()
            for window, cursor in kept.items():
                again = (f"from listed where window_id = {window} and what = 'claimed' and at > '{killed_at}' "
                         f"and (node <> '{victim.name}' or at > '{dead_at}') order by at limit 1")
                # What the victim had sent before it was killed may still have been written, and be the window's end.
                ended = f'select 1 from backfill_windows where id = {window} and listed_at is not null'
                fixture.eventually(lambda sql=again, end=ended: it.database.rows(f'select 1 {sql}') or it.database.rows(end), within=10,
                                   what=f'that window {window} is claimed again')
                if not it.database.rows(f'select 1 {again}'):
                    continue
                (delay, at), = it.database.rows(f"select extract(epoch from at - '{killed_at}'), '=' || cursor {again}")
                # What the victim had sent before it was killed may still have been written.
                if cursor and at == '=':
                    raise fixture.broken(f'window {window} begins again, and was at "{cursor}"')
                delays.append(float(delay))
        _, _, beyond, said = listed_windows(it)
        said += f'; delays up to {max(delays):.2f} s'
        if max(delays) > 3:
            raise fixture.broken(f'a window waited: {said}')
        # Two for each that was in hand, one that is written and one that is read ahead; with their home all eight end.
        if beyond > 2 * (len(delays) + 8):
            raise fixture.broken(f'something was listed again: {said}')
        return said


LOCKS = {'lock': 'lock table queued_threads in exclusive mode', 'alter': 'alter table queued_threads add column nobody_needs integer'}


def a_table_that_is_locked_for_longer_than_a_lease_costs_no_membership(build):
    """As by an index that is made, a migration or a transaction that somebody left open."""
    with cluster(build, threads=1500, latency_ms=100) as it:
        it.start()
        before = [it.incarnation(name) for name in it.names]
        it.start_backfill()
        it.await_work(100)
        tokens = it.tokens()
        for lock in LOCKS.values():
            with it.locked(lock):
                until = time.monotonic() + 2.5 * fixture.LEASE
                while time.monotonic() < until:
                    if it.database.value('select bool_and(lease_until > clock_timestamp()) from nova.cluster_nodes where ended_at is null') != 't':
                        raise fixture.broken(f'the lease of a node ran out: {it.describe()}')
                    time.sleep(0.1)
            it.await_work()
        if before != [it.incarnation(name) for name in it.names] or not all(one.running() for one in it.nodes.values()):
            raise fixture.broken('a node died of it')
        if lost := [name for name, token in tokens.items() if it.tokens().get(name) != token]:
            raise fixture.broken(f'leases went to others: {lost}')
        if silent := [one.name for one in it.nodes.values() if one.said('[Membership] the database does not answer')]:
            raise fixture.broken(f'{silent} believed that the database is away')
        it.await_completion()
        it.verify()


def a_node_that_is_killed_while_a_table_is_locked_is_replaced_at_once(build):
    with cluster(build, threads=1500, latency_ms=100) as it:
        it.start()
        it.start_backfill()
        it.await_work(100)
        victim = it.holder('completion_monitor')
        incarnation, epoch = it.incarnation(victim.name)
        with it.locked(LOCKS['lock']):
            victim.kill()
            fixture.eventually(lambda: it.state(incarnation) == 'dead', within=fixture.LEASE, what='that it is declared dead')
            fixture.eventually(lambda: it.holder('completion_monitor') is not victim, within=fixture.LEASE, what='that another has its lease')
        fixture.eventually(lambda: it.database.value(f"select count(*) from queued_threads where status = 'processing' and claim_epoch = {epoch}") == '0',
                           within=fixture.LEASE, what='that its threads are free')
        it.await_completion()
        it.verify()


def three_nodes_have_the_same_share_of_a_pace(build):
    """20 s; 60 s with NOVA_SOAK. One call each 65 ms, for 60 who wait: 4 s are longer than a node that asks another was once patient."""
    seconds = 60 if os.environ.get('NOVA_SOAK') else 20
    with cluster(build, threads=3000, messages=1, settings={'NOVA_THREAD_WINDOW': '20', 'API_DELAY_MS': '65', 'BACKFILL_STRATEGY': 'threads'}) as it:
        it.start()
        it.start_backfill()
        fixture.eventually(lambda: it.database.value("select count(*) > 200 from queued_threads where status = 'queued'") == 't'
                           and len(it.database.rows("select claim_node from queued_threads where status = 'processing' group by 1 having count(*) > 10")) == 3,
                           what='that all nodes have work')
        it.database.rows('truncate seen')
        waits = {name: [] for name in it.names}
        for _ in range(4 * seconds):
            time.sleep(0.25)
            for name, oldest in it.database.rows("select claim_node, extract(epoch from clock_timestamp() - min(claimed_at)) from queued_threads"
                                                 " where status = 'processing' group by 1"):
                waits[name].append(float(oldest))
        done = dict(it.database.rows("select n.name, count(*) from seen s join nova.cluster_nodes n on n.epoch = s.epoch where s.what = 'completed' group by 1"))
        shares = {name: 100 * int(done.get(name, 0)) / max(1, sum(map(int, done.values()))) for name in it.names}
        oldest = {name: statistics.median(waits[name] or [0]) for name in it.names}
        said = ', '.join(f'{name} {shares[name]:.0f} % and {oldest[name]:.1f} s' for name in it.names)
        if not all(25 <= share <= 42 for share in shares.values()) or max(oldest.values()) - min(oldest.values()) > 1:
            raise fixture.broken(f'share and oldest wait: {said}')
        return said


def what_a_node_does_after_it_was_declared_dead_has_no_effect(build):
    """Nodes that are declared dead while they work, so that what they have in hand is completed late."""
    times = 6
    with cluster(build, threads=250 * times, latency_ms=150, settings={'NOVA_THREAD_WINDOW': '24'}) as it:
        it.server.run('nova', WITHOUT_CUTTING)
        it.start()
        it.start_backfill()
        for i in range(times):
            victim = it.nodes[it.names[i % len(it.names)]]
            incarnation, epoch = it.incarnation(victim.name)
            fixture.eventually(lambda e=epoch: int(it.database.value(f'select count(*) from queued_threads where claim_epoch = {e}')) > 10,
                               what='that the victim works')
            it.database.rows(f"select nova.end_node({incarnation}, 'dead', null, 'a test')")
            if (status := victim.ended()) != DECLARED_DEAD:
                raise fixture.broken(f'it ended with {status}')
            victim.start()
            fixture.eventually(lambda v=victim, n=incarnation: it.incarnation(v.name)[0] > n, what='that it is back')
        it.await_completion()
        it.verify()


def without_the_check_of_the_token_the_test_sees_doubles(build):
    """The test itself completes a thread late, as such a node does: whether one comes late by chance is a matter of milliseconds."""
    with cluster(build, threads=250, latency_ms=150) as it:
        it.server.run('nova', WITHOUT_TOKENS)
        it.start()
        it.start_backfill()
        claimed = fixture.eventually(lambda: it.database.rows(
            "select config_id, thread_id, claim_token from queued_threads where status = 'processing' limit 1"), what='that a thread is claimed')
        config, thread, token = claimed[0]
        fixture.eventually(lambda: it.database.rows(f"select 1 from seen where what = 'completed' and thread_id = '{thread}'"), what='that it is completed')
        it.database.rows(f"select nova.finish_threads(array['{config}']::uuid[], array['{thread}'], array[{token}]::bigint[], array[1])")
        if not (doubles := it.doubles()):
            raise fixture.broken('none were seen')
    return f'{doubles} threads were completed twice'


def a_rolling_restart_under_load_loses_nothing_and_does_nothing_twice(build):
    with cluster(build, threads=2000, latency_ms=100, settings={'NOVA_THREAD_WINDOW': '8', 'NOVA_CERTIFY': 'false'}) as it:
        it.start()
        it.start_backfill()
        fixture.eventually(lambda: int(it.database.value("select count(*) from seen where what = 'completed'")) > 50, what='that work runs')
        for one in it.nodes.values():
            one.signal(signal.SIGTERM)
            if status := one.ended():
                raise fixture.broken(f'{one.name} ended with {status}')
            one.start()
            fixture.eventually(lambda: it.database.value("select count(*) from nova.cluster_nodes where state = 'up'") == '3', what='that it is back')
        it.await_completion()
        # Not the claims are counted: what a node claims while it begins to leave is given back untouched.
        fetched = it.simulator('statistics')['requests']['routes']['GET /v3/grants/*/messages']['200']
        it.verify()
        # Beside one for each thread: the pages in which ids are compared, the inbox's sweep, and a survey a home.
        pages = int(it.database.value('select sum(pages) from public.backfill_windows'))
        surveys = 4 * (int(it.database.value('select count(*) from nova.mail_samples')) + 4)
        if not 0 <= fetched - it.mailbox['--mailbox-threads'] <= pages + 1 + surveys:
            raise fixture.broken(f'{fetched} lists of messages were fetched, of {pages} pages')
        if failures := it.database.rows("select node_name, kind, key, reason, doing from nova.actor_failures"):
            raise fixture.broken('actors failed: ' + '; '.join(' '.join(row) for row in failures))


CASES = [windows_are_listed_on_all_nodes, windows_of_a_killed_node_go_on_at_once, the_holder_of_a_lease_is_killed_twenty_times_in_a_row, the_database_is_restarted_ten_times_under_load,
         nodes_are_killed_while_the_database_restarts, an_outage_of_the_database_longer_than_a_lease_kills_no_node,
         a_table_that_is_locked_for_longer_than_a_lease_costs_no_membership, a_node_that_is_killed_while_a_table_is_locked_is_replaced_at_once,
         three_nodes_have_the_same_share_of_a_pace, what_a_node_does_after_it_was_declared_dead_has_no_effect, without_the_check_of_the_token_the_test_sees_doubles,
         a_rolling_restart_under_load_loses_nothing_and_does_nothing_twice]


if __name__ == '__main__':
    sys.exit(fixture.run_cases(CASES, *sys.argv[1:]))
