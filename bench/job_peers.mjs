// What graphile-worker and pg-boss do of the same: node job_peers.mjs graphile|pgboss URL MESSAGES [PROCESSES].
// NOVA_BENCH_PEERS names a folder where `npm install graphile-worker@0.18 pg-boss@12 pg` was run.
import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(path.join(process.env.NOVA_BENCH_PEERS, 'index.js'))
const [peer, url, messages, processes = '1', role = 'parent'] = process.argv.slice(2)
const { Pool } = require('pg')
const payload = { text: 'x'.repeat(1000) }

async function graphile() {
  const { run } = require('graphile-worker')
  let done = 0
  const runner = await run({
    noHandleSignals: true,
    taskList: { bench: async () => { done++ } },
    preset: { worker: { connectionString: url, concurrentJobs: 24, maxPoolSize: 10, localQueue: { size: 500 },
                        completeJobBatchDelay: 0, failJobBatchDelay: 0, logger: quiet() } },
  })
  await told('stop')
  await runner.stop()
  process.send({ done })
}

function quiet() {
  const { Logger } = require('graphile-worker')
  return new Logger(() => () => {})
}

async function pgboss() {
  const { PgBoss } = require('pg-boss')
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  await boss.start()
  let done = 0
  for (let i = 0; i < 4; i++)
    await boss.work('bench', { batchSize: 1000, pollingIntervalSeconds: 0.5 }, async jobs => { done += jobs.length })
  await told('stop')
  await boss.stop({ graceful: false })
  process.send({ done })
}

function told(word) {
  return new Promise(resolve => process.on('message', said => said === word && resolve()))
}

const left = {
  graphile: 'select count(*)::int as n from graphile_worker._private_jobs',
  pgboss: "select count(*)::int as n from pgboss.job where state in ('created', 'active')",
}

async function prepare(pool) {
  if (peer === 'graphile') {
    const { runMigrations } = require('graphile-worker')
    await runMigrations({ preset: { worker: { connectionString: url, logger: quiet() } } })
    for (let sent = 0; sent < messages; sent += 10_000)
      await pool.query(
        `select count(*) from graphile_worker.add_jobs(array(select row('bench', $1::json, null, null, null, null, null, null)::graphile_worker.job_spec
           from generate_series(1, 10000)))`, [JSON.stringify(payload)])
  } else {
    const { PgBoss } = require('pg-boss')
    const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
    await boss.start()
    await boss.createQueue('bench')
    for (let sent = 0; sent < messages; sent += 10_000)
      await boss.insert('bench', Array.from({ length: 10_000 }, () => ({ data: payload })))
    await boss.stop({ graceful: false })
  }
  await pool.query('vacuum analyze')
}

if (role === 'parent') {
  const pool = new Pool({ connectionString: url, max: 1 })
  await prepare(pool)
  const began = performance.now()
  const children = Array.from({ length: Number(processes) }, () =>
    fork(process.argv[1], [peer, url, messages, processes, 'child']))
  while ((await pool.query(left[peer])).rows[0].n > 0) await new Promise(resolve => setTimeout(resolve, 50))
  const seconds = (performance.now() - began) / 1000
  await Promise.all(children.map(child => new Promise(resolve => { child.on('exit', resolve); child.send('stop') })))
  console.log(`${Math.round(messages / seconds)} jobs/s`)
  await pool.end()
} else {
  await (peer === 'graphile' ? graphile() : pgboss())
  process.exit(0)
}
