#!/usr/bin/env python3
"""Does the work of a cluster grow with its nodes? scaling.py BUILD [RUNS].

A backfill of 4,000 threads by one, two and three nodes, against a provider that takes 100 ms an answer; each node works on 12 threads at one
time. The provider's latency is what is waited for, so that the processors of one machine do for three nodes. The order of the runs is
mixed, and each ends with a comparison of database and mailbox.
"""
import json
import pathlib
import statistics
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'tests' / 'cluster'))
import cluster_fixture as fixture  # noqa: E402

THREADS = 4000
WINDOW = '12'


def threads_a_second(build, nodes):
    with fixture.cluster(build, nodes=nodes, threads=THREADS, messages=2, latency_ms=100, settings={'NOVA_THREAD_WINDOW': WINDOW}) as it:
        it.start()
        it.start_backfill()
        done = "select count(*) from queued_threads where status = 'completed'"
        # From full speed (a grant's pace grows from four calls at one time) to before the end.
        fixture.eventually(lambda: int(it.database.value(done)) >= THREADS * 2 // 5, what='that work runs', every=0.002)
        first, began = int(it.database.value(done)), time.monotonic()
        fixture.eventually(lambda: int(it.database.value(done)) >= THREADS * 9 // 10, what='that work runs on', every=0.002)
        rate = (int(it.database.value(done)) - first) / (time.monotonic() - began)
        it.await_completion()
        it.verify()
        return rate


def main(build, runs='3'):
    if reason := fixture.why_not():
        sys.exit(f'cannot be measured here: {reason}')
    found = {1: [], 2: [], 3: []}
    for _ in range(int(runs)):
        for nodes in found:
            found[nodes].append(threads_a_second(build, nodes))
    middle = {nodes: statistics.median(rates) for nodes, rates in found.items()}
    for nodes, rates in found.items():
        print(f'{nodes} node{"s" if nodes > 1 else " "}  {middle[nodes]:8,.0f} threads a second   {middle[nodes] / middle[1]:4.2f} times one node   '
              f'({min(rates):,.0f} .. {max(rates):,.0f})')
    print(json.dumps(middle))


if __name__ == '__main__':
    main(*sys.argv[1:])
