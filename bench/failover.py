#!/usr/bin/env python3
"""How long until all the work of a lost node runs elsewhere: failover.py BUILD [TRIALS [SEED]].

Three nodes in network namespaces work on a backfill of 5,000 threads. A random one is killed, stopped (SIGSTOP) or cut off from the
network; measured is the time until it is declared dead, and until each thread that it had claimed is claimed by another node or written, and
each of its leases is held by another. A stopped or cut-off one comes back and must end with 75 without having changed anything. After
each backfill the database is compared with the mailbox.
"""
import json
import math
import pathlib
import random
import signal
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'tests' / 'cluster'))
import cluster_fixture as fixture  # noqa: E402

DECLARED_DEAD = 75
THREADS = 5000
# A window that makes the backfill last for several trials: four threads a node at one time, each a call of 100 ms.
SETTINGS = {'NOVA_THREAD_WINDOW': '4', 'LOG_LEVEL': 'info'}


def trial(it, how, chance):
    """Seconds until it was declared dead, and until all its work ran elsewhere."""
    victim = it.nodes[chance.choice(it.names)]
    incarnation, epoch = it.incarnation(victim.name)
    mine = f"status = 'processing' and claim_epoch = {epoch}"
    fixture.eventually(lambda: it.database.value(f'select count(*) from queued_threads where {mine}') != '0', what='that the victim works')
    held = it.database.value(f"select coalesce(string_agg(quote_literal(name), ','), '''''') from nova.cluster_leases"
                             # All threads are found, so nobody wants to list them any more.
                             f" where holder = {incarnation} and name not like 'backfill:%'")
    threads = it.database.value(f"select coalesce(string_agg(quote_literal(thread_id), ','), '''''') from queued_threads where {mine}")
    began = time.monotonic()
    {'kill': victim.process.kill, 'stop': lambda: victim.signal(signal.SIGSTOP), 'cut': lambda: victim.cable(False)}[how]()
    fixture.eventually(lambda: it.state(incarnation) == 'dead', what=f'that {victim.name} is declared dead', every=0.001)
    declared = time.monotonic() - began
    waiting = (f"select (select count(*) from queued_threads where thread_id in ({threads}) and (status = 'queued' or ({mine})))"
               f" + (select count(*) from nova.cluster_leases where name in ({held}) and (holder is null or holder = {incarnation}))")
    fixture.eventually(lambda: it.database.value(waiting) == '0', what=f'that the work of {victim.name} runs elsewhere', every=0.001)
    elsewhere = time.monotonic() - began
    if how == 'stop':
        victim.signal(signal.SIGCONT)
    elif how == 'cut':
        victim.cable(True)
    status = victim.ended()
    if how != 'kill' and status != DECLARED_DEAD:
        raise fixture.broken(f'{victim.name} came back and ended with {status}, not with {DECLARED_DEAD}')
    victim.start()
    it.await_steady()
    return declared, elsewhere


def backfill(build, left, chance, found):
    """One backfill with as many trials as fit into it."""
    with fixture.cluster(build, threads=THREADS, messages=2, latency_ms=100, settings=SETTINGS) as it:
        it.start()
        it.start_backfill()
        fixture.eventually(lambda: it.database.value('select discovery_done from flux_inbox_configurations') == 't', what='that all threads are found')
        while left and it.left() > 1000:
            how = left.pop()
            found.setdefault(how, []).append(trial(it, how, chance))
            declared, elsewhere = found[how][-1]
            print(f'  {how:<5} declared dead after {1000 * declared:7,.0f} ms, all its work elsewhere after {1000 * elsewhere:7,.0f} ms', flush=True)
        it.await_completion()
        it.verify()


def percentile(values, share):
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def main(build, trials='30', seed='1'):
    if reason := fixture.why_not():
        sys.exit(f'cannot be measured here: {reason}')
    chance = random.Random(int(seed))
    left = ['kill', 'stop', 'cut'] * int(trials)
    found = {}
    while left:
        backfill(build, left, chance, found)
    print(f'{"":<6}{"trials":>7}{"declared dead, ms":>26}{"all its work elsewhere, ms":>36}')
    summary = {}
    for how, values in found.items():
        times = {name: [1000 * v[i] for v in values] for i, name in enumerate(('declared', 'elsewhere'))}
        summary[how] = {name: {'p50': percentile(v, 0.5), 'p99': percentile(v, 0.99), 'max': max(v)} for name, v in times.items()}
        print(f'{how:<6}{len(values):>7}' + ''.join(f'   p50 {s["p50"]:7,.0f}  p99 {s["p99"]:7,.0f}' for s in summary[how].values()))
    print(json.dumps(summary))


if __name__ == '__main__':
    main(*sys.argv[1:])
