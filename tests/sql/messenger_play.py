#!/usr/bin/env python3
"""Plays the messenger against a model: random sends, claims, completions, failures, releases, crashes, rescues, pauses, schedules and
hands in the
tables. After every step what the database said and holds is what the model says. Prints TAP.

messenger_play.py [--clock LIBRARY] [SEED…]: these plays only; with the library of tests/support that makes a clock wrong, the server's
clock steps forth and back too. A play whose control breaks a function of the messenger must be seen to fail.
"""
import argparse
import mmap
import os
import random
import shutil
import struct
import subprocess
import sys

from server import client_program, migrations_for, private_server
from tap import tap_stream

SEEDS = range(1, 200 if os.environ.get('NOVA_SOAK') else 13)
STEPS = 120
MAX_ATTEMPTS = 3
WORKERS = ('w1', 'w2', 'w3')
QUEUES = ('a', 'b')
# A completion that forgets to look at the token: what stale workers say would count.
CONTROL = """
do $do$
declare body text := pg_get_functiondef('public.messenger_complete'::regproc);
begin
  execute replace(body, 'm.token = v_tokens[array_position(v_ids, m.id)]', 'true');
  if body not like '%m.token = v_tokens[array_position(v_ids, m.id)]%' then raise exception 'the check is not where it was'; end if;
end $do$;
"""


class wrong(Exception):
    """The database and the model do not agree."""


class session:
    """One psql that stays open."""

    def __init__(self, connection):
        self.psql = subprocess.Popen([client_program('psql'), '-X', '-q', '-A', '-t', '-F', '\t', '-d', connection], text=True, bufsize=1,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def rows(self, sql):
        self.psql.stdin.write(f'{sql};\n\\echo --done--\n')
        self.psql.stdin.flush()
        found = []
        while (line := self.psql.stdout.readline()) and line.rstrip('\n') != '--done--':
            if line.startswith('ERROR'):
                raise wrong(f'{line.strip()} of {sql}')
            if line.strip():
                found.append(line.rstrip('\n').split('\t'))
        return found

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


class wrong_clock:
    """Of a server: as many seconds ahead as it was stepped."""

    def __init__(self, server, library):
        file = server.folder / 'clock'
        file.write_bytes(struct.pack('q', 0))
        own = str(shutil.copy(library, server.folder / 'clock.so'))  # where the user of the server may read
        os.chmod(own, 0o755)
        with open(file, 'r+b') as opened:
            self.shared = mmap.mmap(opened.fileno(), 8)
        self.environment = {'LD_PRELOAD': own, 'SKEWED_FILE': str(file)}

    def step(self, seconds):
        self.shared[:8] = struct.pack('q', struct.unpack('q', self.shared[:8])[0] + seconds)


class message:
    def __init__(self, ident, queue, key):
        self.id, self.queue, self.key = ident, queue, key
        self.worker = None  # who has it
        self.token = 0
        self.attempts = self.crashes = self.deliveries = 0
        self.ready = True  # not delayed
        self.due = 0  # of a delayed one: hours on the server's clock


def numbers(values):
    return "'{" + ','.join(map(str, values)) + "}'::bigint[]"


class play:
    def __init__(self, database, seed, clock=None):
        self.db, self.chance, self.clock = database, random.Random(seed), clock
        self.alive, self.stale, self.failed = {}, [], 0  # by id; (id, token) of claims that are over
        self.paused = False
        self.hours = 0  # by which the clock is ahead
        self.newest_token = 0
        self.log = []

    def say(self, what):
        self.log.append(what)

    def expect(self, seen, wanted, what):
        if seen != wanted:
            raise wrong(f'{what}: the database says {seen}, the model {wanted}; after ' + '; '.join(self.log[-6:]))

    # ---- what may happen

    def send(self):
        key = self.chance.choice([None, None, f'k{self.chance.randrange(4)}'])
        queue, delayed = self.chance.choice(QUEUES), self.chance.random() < 0.2
        self.say(f'send {queue} {key} {"delayed" if delayed else ""}')
        given = f", p_idempotency_key => '{key}'" if key else ''
        given += ", p_delay => '1 hour'" if delayed else ''
        (ident, created), = self.db.rows(f"select id, created from messenger_send('t', '{{}}', p_queue => '{queue}'{given})")
        first = next((one for one in self.alive.values() if key and one.key == key), None)
        self.expect((created, ident if first else None), ('f' if first else 't', str(first.id) if first else None), 'send')
        if not first:
            made = self.alive[int(ident)] = message(int(ident), queue, key)
            made.ready, made.due = not delayed, self.hours + 1

    def claim(self):
        worker, most = self.chance.choice(WORKERS), self.chance.randint(1, 5)
        queues = self.chance.choice([None, QUEUES[0]])
        self.say(f'{worker} claims {most} of {queues or "all"}')
        rows = self.db.rows(f"select id, token, attempts, deliveries, crashes from messenger_claim('default', {f'array[{queues!r}]' if queues else 'null'}, '{worker}', {most}, '1 hour')")
        may = [one for one in self.alive.values() if one.worker is None and one.ready and queues in (None, one.queue)]
        self.expect(len(rows), 0 if self.paused else min(most, len(may)), 'how many were claimed')
        for ident, token, attempts, deliveries, crashes in rows:
            one = self.alive.get(int(ident))
            if one not in may:
                raise wrong(f'message {ident} was given out, which was not to be had; after ' + '; '.join(self.log[-6:]))
            one.worker, one.token, one.deliveries = worker, int(token), one.deliveries + 1
            self.expect((int(attempts), int(deliveries), int(crashes)), (one.attempts, one.deliveries, one.crashes), f'counts of {ident}')
            if one.token <= self.newest_token:
                raise wrong(f'token {token} is not new')
        self.newest_token = max([self.newest_token, *(int(row[1]) for row in rows)])

    def named(self):
        """Some that are in hand, and what is stale, as (id, token, message or nothing)."""
        held = [(one.id, one.token, one) for one in self.alive.values() if one.worker]
        some = self.chance.sample(held, min(len(held), self.chance.randint(0, 4)))
        for ident, token in self.chance.sample(self.stale, min(len(self.stale), self.chance.randint(0, 2))):
            if all(ident != other for other, _, _ in some):
                some.append((ident, token, None))
        self.chance.shuffle(some)
        return some

    def otherwise(self, ident):
        return 'stale' if ident in self.alive else 'gone'

    def over(self, one):
        self.stale.append((one.id, one.token))
        one.worker = None

    def gone(self, one):
        self.over(one)
        del self.alive[one.id]

    def complete(self):
        some = self.named()
        self.say(f'complete {[(i, t, bool(m)) for i, t, m in some]}')
        rows = self.db.rows(f'select id, outcome from messenger_complete({numbers(i for i, _, _ in some)}, {numbers(t for _, t, _ in some)})')
        self.expect(rows, [[str(i), 'completed' if m else self.otherwise(i)] for i, _, m in some], 'complete')
        for _, _, one in some:
            if one:
                self.gone(one)

    def fail(self):
        some = self.named()
        final = self.chance.random() < 0.2
        self.say(f'fail {[(i, t, bool(m)) for i, t, m in some]} {"for good" if final else ""}')
        count = len(some)
        rows = self.db.rows(f"select id, outcome from messenger_fail({numbers(i for i, _, _ in some)}, {numbers(t for _, t, _ in some)}, array_fill('no'::text, array[{count}]),"
                            f" array_fill('odd'::text, array[{count}]), array_fill('{'unrecoverable' if final else 'retry'}'::text, array[{count}]), array_fill('0'::interval, array[{count}]))")
        wanted = []
        for ident, _, one in some:
            if one is None:
                wanted.append([str(ident), self.otherwise(ident)])
            else:
                wanted.append([str(ident), 'failed' if final or one.attempts + 1 >= MAX_ATTEMPTS else 'retrying'])
        self.expect(rows, wanted, 'fail')
        for (_, _, one), (_, outcome) in zip(some, wanted):
            if one and outcome == 'failed':
                self.failed += 1
                self.gone(one)
            elif one:
                one.attempts += 1
                self.over(one)

    def release(self):
        some = self.named()
        self.say(f'release {[(i, t, bool(m)) for i, t, m in some]}')
        rows = self.db.rows(f'select id, outcome from messenger_release({numbers(i for i, _, _ in some)}, {numbers(t for _, t, _ in some)})')
        self.expect(rows, [[str(i), 'released' if m else self.otherwise(i)] for i, _, m in some], 'release')
        for _, _, one in some:
            if one:
                self.over(one)

    def extend(self):
        some = self.named()
        self.say(f'extend {[(i, t, bool(m)) for i, t, m in some]}')
        rows = self.db.rows(f"select id, outcome from messenger_extend({numbers(i for i, _, _ in some)}, {numbers(t for _, t, _ in some)}, '2 hours')")
        self.expect(rows, [[str(i), 'extended' if m else self.otherwise(i)] for i, _, m in some], 'extend')

    def crash_of(self, lost):
        wanted = {}
        for one in lost:
            dead = one.crashes > 0 and one.attempts + 1 >= MAX_ATTEMPTS
            wanted[str(one.id)] = 'failed' if dead else 'released'
            if dead:
                self.failed += 1
                self.gone(one)
            else:
                one.attempts += min(one.crashes, 1)
                one.crashes += 1
                self.over(one)
        return wanted

    def rescue(self):
        worker = self.chance.choice(WORKERS)
        self.say(f'{worker} is dead')
        rows = self.db.rows(f"select id, outcome from messenger_rescue('{{{worker}}}')")
        self.expect(dict(rows), self.crash_of([one for one in self.alive.values() if one.worker == worker]), 'rescue')

    def expire(self):
        held = [one for one in self.alive.values() if one.worker]
        some = self.chance.sample(held, min(len(held), 2))
        self.say(f'the leases of {[one.id for one in some]} end')
        self.db.rows(f"update messenger_messages set locked_until = now() - interval '1 second' where id = any ({numbers(one.id for one in some)})")
        rows = self.db.rows('select id, outcome from messenger_rescue()')
        self.expect(dict(rows), self.crash_of(some), 'a lease that ended')

    def pause(self):
        self.paused = not self.paused
        self.say('pause' if self.paused else 'resume')
        self.db.rows(f"insert into messenger_transports (name, type, paused) values ('default', 'supabase', {self.paused}) on conflict (name) do update set paused = excluded.paused")

    def hand(self):
        """Somebody deletes a message, or gives it back."""
        if not self.alive:
            return
        one = self.chance.choice(list(self.alive.values()))
        if self.chance.random() < 0.5:
            self.say(f'a hand deletes {one.id}')
            self.db.rows(f'delete from messenger_messages where id = {one.id}')
            self.gone(one)
        elif one.worker:
            self.say(f'a hand gives {one.id} back')
            self.db.rows(f"update messenger_messages set status = 'pending' where id = {one.id}")
            self.over(one)

    def come_due(self):
        late = [one for one in self.alive.values() if not one.ready and one.worker is None]
        if late:
            one = self.chance.choice(late)
            self.say(f'{one.id} comes due')
            self.db.rows(f"update messenger_messages set available_at = now() - interval '1 second' where id = {one.id}")
            one.ready = True

    def step_clock(self, hours):
        """What is due is made ready, as each claim does."""
        self.db.rows('select nova.messenger_promote()')
        self.hours += hours
        self.clock.step(hours * 3600)
        rows = self.db.rows('select id, outcome from messenger_rescue()')
        self.db.rows('select nova.messenger_promote()')
        return dict(rows)

    def clock_forth(self):
        """By more than any lease: all of them are over."""
        self.say('the clock goes forth')
        over = self.step_clock(3)
        self.expect(over, self.crash_of([one for one in self.alive.values() if one.worker]), 'leases after the clock went forth')
        for one in self.alive.values():
            one.ready |= one.due <= self.hours

    def clock_back(self):
        """Nothing is lost, nothing ends, and what was ready is."""
        self.say('the clock goes back')
        self.expect(self.step_clock(-3), {}, 'leases after the clock went back')

    def schedule(self):
        """A slot is sent once, whoever asks how often."""
        self.say('a slot of a schedule')
        name = f's{self.chance.randrange(3)}'
        self.db.rows(f"insert into messenger_schedules (name, kind, run_at, type, queue) values ('{name}-{len(self.log)}', 'once', now() - interval '1 second', 't', 'a')")
        rows = self.db.rows('select message_id, outcome from messenger_run_schedules()')
        again = self.db.rows('select message_id from messenger_run_schedules()')
        self.expect(([outcome for _, outcome in rows], again), (['sent'], []), 'a slot')
        self.alive[int(rows[0][0])] = message(int(rows[0][0]), 'a', 'schedule')

    def retry_failed(self):
        rows = self.db.rows("select r.outcome, r.message_id from messenger_failed_messages f, lateral messenger_retry_failed(array[f.id]) r"
                            " where f.retried_at is null order by f.failed_at limit 1")
        self.say('a failed message is sent again')
        for outcome, ident in rows:
            if outcome == 'retried':
                queue, = self.db.rows(f'select queue, idempotency_key from messenger_messages where id = {ident}')
                self.alive[int(ident)] = message(int(ident), queue[0], queue[1] or None if len(queue) > 1 else None)

    def check(self):
        rows = self.db.rows("select count(*) filter (where status = 'pending'), count(*) filter (where status = 'processing'), count(*),"
                            " (select count(*) from messenger_failed_messages), (select count(*) from nova.messenger_ready) + (select count(*) from nova.messenger_delayed)"
                            " from messenger_messages")
        held = sum(1 for one in self.alive.values() if one.worker)
        waiting = len(self.alive) - held
        self.expect(list(map(int, rows[0])), [waiting, held, len(self.alive), self.failed, waiting], 'what is there')

    def run(self):
        steps = [self.send] * 6 + [self.claim] * 5 + [self.complete] * 3 + [self.fail] * 3 + [self.release, self.extend, self.rescue, self.expire, self.pause,
                                                                                           self.hand, self.come_due, self.schedule, self.retry_failed]
        if self.clock:
            steps += [self.clock_forth, self.clock_back]
        for _ in range(STEPS):
            self.chance.choice(steps)()
            self.check()
        # To the end: nothing is left that nobody can have.
        if self.paused:
            self.pause()
        while any(not one.ready for one in self.alive.values() if one.worker is None):
            self.come_due()
        for worker in WORKERS:
            self.say(f'{worker} is dead')
            rows = self.db.rows(f"select id, outcome from messenger_rescue('{{{worker}}}')")
            self.expect(dict(rows), self.crash_of([one for one in self.alive.values() if one.worker == worker]), 'rescue')
            while any(not one.ready for one in self.alive.values()):
                self.come_due()
        left = len(self.alive)
        done = self.db.rows("with c as materialized (select * from messenger_claim('default', null, 'w', 10000))"
                            " select count(*) filter (where o.outcome = 'completed') from c, lateral messenger_complete(array[c.id], array[c.token]) o")
        self.expect(done, [[str(left)]], 'the rest')


def fresh(server, name):
    server.run('postgres', f'create database {name} template migrated')
    return session(server.connection(name))


def main(seeds, library):
    stream = tap_stream()
    server = private_server()
    clock = wrong_clock(server, library) if library else None
    # The server's alone: whoever asks it has the right time.
    os.environ.update(clock.environment if clock else {})
    with server:
        for name in clock.environment if clock else {}:
            del os.environ[name]
        server.run('postgres', 'create database migrated')
        for file in migrations_for('messenger'):
            server.run_file('migrated', file)
        for seed in seeds:
            db = fresh(server, f'play{seed}')
            try:
                play(db, seed, clock).run()
                stream.case(True, f'play {seed} of {STEPS} steps is as the model says')
            except wrong as error:
                stream.case(False, f'play {seed} of {STEPS} steps is as the model says', str(error))
            finally:
                db.close()
        if len(list(seeds)) > 1:
            found = 0
            for seed in list(seeds)[:6]:
                db = fresh(server, f'control{seed}')
                server.run(f'control{seed}', CONTROL)
                try:
                    play(db, seed).run()
                except wrong:
                    found += 1
                finally:
                    db.close()
            stream.case(found > 0, 'a completion that does not look at the token is noticed', f'in {found} of 6 plays')
    return stream.end()


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--clock')
    parser.add_argument('seeds', nargs='*', type=int)
    options = parser.parse_args()
    sys.exit(main(options.seeds or list(SEEDS), options.clock))
