#!/usr/bin/env python3
"""Plays random interleavings of nodes against the SQL of membership: cluster_model.py [SEED [STEPS]]. Prints TAP.

Each node is a model of what a process remembers: its incarnation, its claims, its leases. A node may crash, be paused and wake
with all it remembers, and do any of its statements before it notices that it was declared dead: the database alone must hold
the invariants (I1 to I6) that `violations` and the methods of `model` check after each step. Time passes by moving the rows back.

Control runs without the token check of a completion, without the check of who claims and without the rule that only who was
steady may judge must break an invariant each: so the test is known to see it.
"""
import json
import os
import random
import signal
import subprocess
import sys

from server import migrations, private_server
from tap import tap_stream

LEASE = 4.0  # seconds, the default of the functions
THREADS = 5000
LEASES = ['leader', 'completion_monitor', 'backfill:1']

CONFIG = "(select id from public.flux_inbox_configurations)"
PREPARE = f"""
insert into public.flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
select public.queue_inbox_backfill('00000000-0000-0000-0000-00000000000a', now() - interval '1 year', now());
select public.insert_queued_thread_idempotent({CONFIG}, 't' || i) from generate_series(1, {THREADS}) i;
select public.transition_to_thread_sync({CONFIG});
"""

# What every look at the database must find; the model compares the rest with what it saw before.
LOOK = """
select json_build_object(
  'version', (select version from nova.cluster_state),
  'ended', (select coalesce(json_agg(id), '[]') from nova.cluster_nodes where ended_at is not null),
  'tokens', (select coalesce(json_object_agg(name, token), '{}') from nova.cluster_leases),
  'holders', (select coalesce(json_agg(l.name), '[]') from nova.cluster_leases l join nova.cluster_nodes n on n.id = l.holder
               where n.ended_at is not null),
  'orphans', (select count(*) from public.queued_threads q where q.status = 'processing' and not exists (
               select from nova.cluster_nodes n where n.epoch = q.claim_epoch and n.name = q.claim_node and n.ended_at is null)))
"""

PASS_TIME = """
update nova.cluster_nodes set heartbeat_at = heartbeat_at - {0}, lease_until = lease_until - {0}, steady_since = steady_since - {0};
update nova.cluster_leases set acquired_at = acquired_at - {0}, expires_at = expires_at - {0}, not_before = not_before - {0};
update nova.cluster_suspicions set at = at - {0}
"""

# The definition of a function of the product without one of its checks.
WITHOUT_CHECK = """
do $without$
declare
  was text := pg_get_functiondef('{0}'::regproc);
  now text := replace(was, '{1}', '{2}');
begin
  if was = now then
    raise exception 'the check is not there';
  end if;
  execute now;
end
$without$
"""


class broken(Exception):
    """An invariant does not hold."""


class session:
    """One psql that stays open, because a process a statement would be most of the time."""

    MARK = '--done--'

    def __init__(self, connection):
        self.psql = subprocess.Popen(['psql', '-X', '-q', '-A', '-t', '-F', '\t', '-d', connection], text=True, bufsize=1,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     env=dict(os.environ, PGOPTIONS='-c client_min_messages=warning'))

    def rows(self, sql):
        self.psql.stdin.write(f'{sql};\n\\echo {self.MARK}\n')
        self.psql.stdin.flush()
        found = []
        while (line := self.psql.stdout.readline().rstrip('\n')) != self.MARK:
            if line.startswith(('ERROR', 'FATAL')) or self.psql.poll() is not None:
                raise broken(f'the database said: {line} to {sql[:300]}')
            if line:
                found.append(line.split('\t'))
        return found

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


class node:
    """What one process remembers."""

    def __init__(self, name, incarnation, epoch):
        self.name, self.id, self.epoch = name, incarnation, epoch
        self.claims = []  # (thread, token)
        self.leases = {}  # name to token
        self.seen = 0
        self.runs = True  # false: it crashed or ended
        self.wakes = 0.0  # paused until then


class model:
    """The cluster and all that happened to it."""

    def __init__(self, connection, seed, only=None):
        self.random = random.Random(seed)
        self.database = session(connection)
        self.only = only  # in a control run: the invariant that must break, so that another does not end it before
        self.nodes = []
        self.time = 0.0
        self.nobody_dies_until = 0.0
        self.version = self.epoch = 0
        self.tokens, self.claim_tokens, self.done = {}, {}, {}
        self.ended = set()
        self.counts = {}

    def awake(self):
        return [n for n in self.nodes if n.runs and n.wakes <= self.time]

    def count(self, what, by=1):
        self.counts[what] = self.counts.get(what, 0) + by

    def wrote(self, who, what):
        self.count(what)
        if who.id in self.ended and not self.only:
            raise broken(f'I5: incarnation {who.id} is dead and could {what}')

    # What nodes do.

    def join(self):
        names = {n.name for n in self.nodes if n.runs}
        name = self.random.choice([f'n{i}' for i in range(8)])
        if len(names) >= 6 or name in names and self.random.random() < 0.9:
            return
        (found,) = self.database.rows(f"select id, epoch from nova.register_node('{name}', '{{}}', '1', replaces => ("
                                      f"select max(id) from nova.cluster_nodes where name = '{name}' and ended_at is null))")
        made = node(name, int(found[0]), int(found[1]))
        if made.epoch <= self.epoch:
            raise broken(f'I4: epoch {made.epoch} after {self.epoch}')
        self.epoch = made.epoch
        self.nodes.append(made)
        self.count('join')

    def heartbeat(self, who):
        found = self.database.rows(f'select cluster_version from nova.heartbeat({who.id})')
        if not found:
            who.runs = False  # ends with 75; a new incarnation comes by `join`
            self.count('end with 75')
            return
        self.wrote(who, 'heartbeat')
        if int(found[0][0]) < who.seen:
            raise broken(f'I6: incarnation {who.id} saw version {found[0][0]} after {who.seen}')
        who.seen = int(found[0][0])

    def claim(self, who, limit=None):
        limit = limit or self.random.randint(1, 6)
        found = self.database.rows(f"select thread_id, token from nova.claim_threads('{who.name}', {who.epoch}, {limit})")
        for thread, token in found:
            if int(token) <= self.claim_tokens.get(thread, 0):
                raise broken(f'I4: {thread} is claimed with {token} after {self.claim_tokens[thread]}')
            self.claim_tokens[thread] = int(token)
            who.claims.append((thread, int(token)))
        if found:
            self.wrote(who, 'claim')
        return len(found)

    def complete(self, who, limit=None):
        self.random.shuffle(who.claims)
        mine = [who.claims.pop() for _ in range(min(len(who.claims), limit or self.random.randint(1, 4)))]
        if not mine:
            return
        threads, tokens = ', '.join(f"'{t}'" for t, _ in mine), ', '.join(str(k) for _, k in mine)
        found = self.database.rows(f'select * from nova.finish_threads(array_fill({CONFIG}, array[{len(mine)}]), '
                                   f'array[{threads}], array[{tokens}]::bigint[], array_fill(1, array[{len(mine)}]))')
        for (thread, _), (accepted,) in zip(mine, found):
            if accepted != 't':
                self.count('refuse a stale completion')
                continue
            self.done[thread] = self.done.get(thread, 0) + 1
            if self.done[thread] > 1:
                raise broken(f'I1: {thread} was completed {self.done[thread]} times')
            self.wrote(who, 'complete')

    def lease(self, who):
        name = self.random.choice(LEASES)
        held = who.leases.get(name)
        if held is None:
            found = self.database.rows(f"select token from nova.take_lease('{name}', {who.id})")
            if found:
                who.leases[name] = int(found[0][0])
                self.wrote(who, 'take a lease')
            return
        what = self.random.choice(['renew', 'renew', 'renew', 'release'])
        kept = f"exists (select from nova.renew_leases({who.id}, array['{name}'], array[{held}]::bigint[]))"
        given = f"nova.release_lease('{name}', {who.id}, {held})"
        (found,) = self.database.rows(f"select {kept if what == 'renew' else given}")
        if what == 'release' or found[0] != 't':
            del who.leases[name]
        if found[0] == 't':
            self.wrote(who, f'{what} a lease')
            if held != self.tokens[name]:
                raise broken(f'I3: {name} with token {held} is good, and so is {self.tokens[name]}')

    def vote(self, who):
        there = [n for n in self.nodes if n.id not in self.ended]
        silent = [n for n in there if not n.runs or n.wakes > self.time]
        other = self.random.choice(silent if silent and self.random.random() < 0.8 else there)
        refused = not other.runs  # nobody listens any more
        (before,) = self.database.rows(
            f"select coalesce(extract(epoch from clock_timestamp() - max(heartbeat_at)), 1000) from nova.cluster_nodes "
            f'where id = {other.id} and ended_at is null')
        (found,) = self.database.rows(f"select nova.suspect_node({who.id}, {other.id}, {str(refused).lower()}, 'model')")
        if found[0] == 't':
            self.wrote(who, 'win a vote')
            self.died(other)
            if not refused and float(before[0]) < LEASE * 0.25:
                raise broken(f'incarnation {other.id} renewed {before[0]} s ago and was voted out')

    def expire(self, who):
        for (found,) in self.database.rows(f'select * from nova.expire_nodes({who.id})'):
            self.wrote(who, 'expire')
            self.died(next(n for n in self.nodes if n.id == int(found)))

    def died(self, who):
        if who.runs and who.wakes <= self.time < self.nobody_dies_until:
            raise broken(f'outage: incarnation {who.id} runs and died after an outage of the database')

    def leave(self, who):
        self.database.rows(f'select nova.leave({who.id})')
        who.runs = False
        self.count('leave')

    def drain(self, who):
        self.database.rows(f"select nova.set_node_state({who.id}, 'draining')")
        self.count('drain')

    # What happens to them.

    def crash(self, who):
        who.runs = False
        self.count('crash')

    def pause(self, who):
        who.wakes = self.time + self.random.uniform(0.5, 12)
        self.count('pause')

    def pass_time(self, seconds):
        for statement in PASS_TIME.format(f"interval '{seconds:.3f} seconds'").split(';'):
            self.database.rows(statement)
        self.time += seconds

    def tick(self):
        self.pass_time(self.random.uniform(0.1, 0.5))
        for who in self.awake():
            if self.random.random() < 0.9 and who.wakes + 1 < self.time:
                self.heartbeat(who)

    def outage(self):
        """The database is away. Nobody renews meanwhile; afterwards each in any order, judges among them."""
        self.pass_time(self.random.uniform(LEASE, 40))
        # Sooner than this nobody was steady for a lease. Who woke up meanwhile is no exception.
        self.nobody_dies_until = self.time + LEASE * 0.9
        self.count('outage')
        for who in self.random.sample(self.awake(), len(self.awake())):
            self.expire(who)
            self.heartbeat(who)
            self.expire(who)

    def look(self):
        found = json.loads(self.database.rows(LOOK.replace('\n', ' '))[0][0])
        self.ended = set(found['ended'])
        if found['version'] < self.version:
            raise broken(f"I6: version {found['version']} after {self.version}")
        self.version = found['version']
        if found['orphans'] and self.only != 'I1':
            raise broken(f"I2: {found['orphans']} threads are held by nodes that ended")
        if found['holders']:
            raise broken(f"I3: {found['holders']} are held by nodes that ended")
        for name, token in found['tokens'].items():
            if token < self.tokens.get(name, 0):
                raise broken(f'I4: {name} has token {token} after {self.tokens[name]}')
        self.tokens = found['tokens']

    def step(self):
        rare = self.random.random()
        awake = self.awake()
        if rare < 0.25:
            self.tick()
        elif rare < 0.28 or not awake or len(awake) < 3 and rare < 0.6:
            self.join()
        elif rare < 0.284:
            self.outage()
        else:
            acts = [self.claim, self.complete, self.lease, self.vote, self.expire, self.crash, self.pause, self.leave, self.drain]
            act, = self.random.choices(acts, [30, 30, 20, 14, 8, 2, 3, 1, 0.5])
            act(self.random.choice(awake))
        self.look()

    def finish(self):
        """All nodes go, one comes: it must find everything that is left, within a lease and a second. Then what the others still
        had on its way arrives, and changes nothing."""
        for who in self.nodes:
            who.runs = False
        (found,) = self.database.rows("select id, epoch from nova.register_node('last', '{}', '1')")
        last = node('last', int(found[0]), int(found[1]))
        self.nodes.append(last)
        for _ in range(12):
            self.pass_time(0.5)
            self.heartbeat(last)
        self.expire(last)
        self.look()
        self.database.rows('update public.queued_threads set next_attempt_at = now()')
        while self.claim(last, 500):
            self.complete(last, 500)
        for who in self.nodes:
            self.complete(who, THREADS)
        (left,) = self.database.rows("select count(*) from public.queued_threads where status <> 'completed'")
        if left != ['0'] or len(self.done) != THREADS:
            raise broken(f'I2: {left[0]} threads were lost, {len(self.done)} were done')


def play(server, name, seed, steps, only=None):
    """Returns the model and what broke, empty if nothing did."""
    server.create_database(name, 'migrated')
    if only:
        server.run(name, WITHOUT_CHECK.format(*CONTROLS[only]))
    played = model(server.connection(name), seed, only)
    taken = 0
    try:
        for taken in range(steps):
            played.step()
        played.finish()
    except broken as error:
        return played, f'{error}, in step {taken}'
    finally:
        played.database.close()
    return played, ''


CONTROLS = {
    'I1': ('nova.finish_threads', ' and q.claim_token = g.token', ''),
    'I2': ('nova.claim_threads', 'n.epoch = p_epoch', 'false'),
    'outage': ('nova.expire_nodes', 'n.steady_since <= clock_timestamp() - lease', 'true'),
}


def main(seed=None, steps='3000'):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    stream = tap_stream()
    seed = int(seed) if seed else random.randrange(1 << 31)
    stream.diagnose(f'seed {seed}')
    with private_server() as server:
        server.create_database('migrated')
        for up in migrations():
            server.run_file('migrated', up)
        server.run('migrated', PREPARE)
        played, error = play(server, 'model', seed, int(steps))
        stream.case(not error, f'the invariants hold for {steps} steps and nothing is lost', error)
        stream.diagnose(', '.join(f'{what} {n}' for what, n in sorted(played.counts.items())))
        for what in ('win a vote', 'expire', 'end with 75', 'refuse a stale completion', 'outage', 'crash', 'pause'):
            stream.case(played.counts.get(what, 0) > 0, f'it came to: {what}')
        for invariant, check in CONTROLS.items():
            _, error = play(server, f'control_{invariant.lower()}', seed, int(steps), invariant)
            stream.case(error.startswith(invariant), f'without a check of {check[0]} the model sees {invariant} broken', error or 'nothing')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
