#!/usr/bin/env python3
"""Plays writers that commit late against readers of the feed that are killed: feed.py [CHANGES]. Prints TAP.

Several sessions write, change and delete messages, threads and folders, each transaction some rows, and hold some of them open while
others begin and end. A reader follows by nova.changes in pages of changing size; it is killed at random and goes on from the last
position that it had noted, which may be old. At the end each row of the tables must have been told in the transaction that wrote it
last, and each reader must have been told in the order of the transactions. The seed is printed: FEED_SEED plays it again.
"""
import os
import random
import signal
import subprocess
import sys
import threading

from server import migrations_for, private_server
from tap import tap_stream

INBOX = '00000000-0000-0000-0000-00000000000a'
SETUP = f"insert into flux_inboxes (id, email, grant_id) values ('{INBOX}', 'ann@example.com', 'g')"
FINAL = """
select 'message ' || nylas_message_id || ' ' || changed_in from flux_email_messages
union all select 'thread ' || nylas_thread_id || ' ' || changed_in from flux_email_threads
union all select 'folder ' || nylas_folder_id || ' ' || changed_in from flux_email_folders
"""


def transaction(rng, writer):
    """The statements of one transaction and how many rows they write. Writers share no thread: a deadlock is another test's."""
    rows = rng.choice((1, 1, 2, 5, 20))
    thread = f't{writer}_{rng.randrange(20)}'
    first = rng.randrange(400)
    messages = (f"insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi) select '{INBOX}', "
                f"'m{writer}_' || n, '{thread}', 1, 2 from generate_series({first}, {first + rows - 1}) n order by 2 "
                'on conflict (nylas_message_id, inbox_id) do update set starred = not flux_email_messages.starred, '
                f"deleted_at = {rng.choice(('null', 'now()'))}, changed_in = pg_current_xact_id()")
    others = (f"insert into flux_email_threads (inbox_id, nylas_thread_id, message_count) values ('{INBOX}', '{thread}', {rows}) "
              'on conflict (nylas_thread_id, inbox_id) do update set message_count = excluded.message_count',
              f"insert into flux_email_folders (inbox_id, nylas_folder_id) values ('{INBOX}', 'f{writer}') "
              "on conflict (inbox_id, nylas_folder_id) do update set name = 'x'")
    pause = rng.choice(('', '', '', 'select pg_sleep(0.01)', 'select pg_sleep(0.1)'))
    end = 'rollback' if rng.random() < 0.05 else 'commit'
    return ['begin', messages, *rng.sample(others, rng.randrange(3)), pause, end], rows


def write(server, seed, writer, changes):
    """One session of a writer, until it has written so many rows."""
    rng, lines, written = random.Random(f'{seed} {writer}'), ['set synchronous_commit = off'], 0
    while written < changes:
        statements, rows = transaction(rng, writer)
        lines += [each for each in statements if each]
        written += rows
    done = server.psql('feed', '-o', '/dev/null', '-f', write_file(server, writer, lines))
    if done.returncode:
        raise SystemExit(done.stderr)


def write_file(server, writer, lines):
    file = server.folder / f'writer{writer}.sql'
    file.write_text(';\n'.join(lines) + ';\n')
    return str(file)


class reader:
    """Follows the feed with one psql after the other; what it was told and what was wrong with the order."""

    def __init__(self, server, rng):
        self.server, self.rng = server, rng
        self.noted = server.run('feed', 'select position from nova.changes()').strip()
        self.told, self.wrong, self.kills = set(), [], 0

    def order_of(self, position):
        epoch, at, kind, inbox, key = position.split(':', 4)
        return epoch, int(at), int(kind), inbox, key.encode()

    def follow(self, calls):
        """Some calls, each from where the one before ended, noted now and then. True when there was something."""
        position, last, something = self.noted, None, False
        for _ in range(calls):
            page = self.rng.choice((1, 3, 50, 1000))
            for line in self.server.run('feed', f"select concat_ws(' ', kind, key), position from nova.changes('{position}', {page})").splitlines():
                what, position = line.rsplit('|', 1)
                place = self.order_of(position)
                if what.startswith('resync') or last and place < last:
                    self.wrong.append(line)
                last = place
                if not what.startswith('position'):
                    something = True
                    self.told.add(f'{what} {place[1]}')
            if self.rng.random() < 0.7:
                self.noted = position
        self.kills += self.noted != position
        return something


def play(server, stream, changes, seed):
    writers = [threading.Thread(target=write, args=(server, seed, n, changes // 4)) for n in range(4)]
    one = reader(server, random.Random(seed))
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        one.follow(one.rng.randrange(1, 6))
    one.noted = one.noted if one.told else 'start'
    while one.follow(20):
        pass
    final = set(server.run('feed', FINAL).splitlines())
    lost = final - one.told
    stream.case(len(final) > 100, f'{len(final)} rows were written, seed {seed}')
    stream.case(not lost, f'of {changes} changes none is lost', '\n'.join(sorted(lost)[:10]))
    stream.case(not one.wrong, 'none is out of order', '\n'.join(one.wrong[:10]))
    stream.case(one.kills > 3, f'a reader was killed {one.kills} times before it noted where it was')
    return one


def main(changes='10000'):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    seed = os.environ.get('FEED_SEED') or str(random.SystemRandom().randrange(10**6))
    stream = tap_stream()
    with private_server() as server:
        server.create_database('feed')
        for up in migrations_for('access'):
            server.run_file('feed', up)
        server.run('feed', SETUP)
        one = play(server, stream, int(changes), seed)
        server.create_database('copy', 'feed')
        told = server.run('copy', f"select kind, op from nova.changes('{one.noted}')").strip()
        stream.case(told == 'resync|restored', 'a copy of the database tells who followed the first one to begin anew', told)
        dump = subprocess.run(['pg_dump', '-Fc', '-d', server.connection('feed'), '-f', str(server.folder / 'dump')], check=False)
        server.create_database('restored')
        restore = subprocess.run(['pg_restore', '-d', server.connection('restored'), str(server.folder / 'dump')], capture_output=True,
                                 text=True, check=False)
        told = server.run('restored', f"select kind, op from nova.changes('{one.noted}')").strip()
        stream.case(told == 'resync|restored' and not dump.returncode, 'so does one that was restored', told + restore.stderr[-500:])
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
