// What somebody would write instead of a sync: node sync_peer.mjs postgres SOURCE TARGET | http URL TARGET. Prints {rows, seconds,
// cpu, rss}. NOVA_BENCH_PEERS names a folder where `npm install pg pg-copy-streams` was run.
// Rows go by COPY into a temporary table, and from there by one statement into the table, as Nova's go.
import { createRequire } from 'node:module'
import http from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { once } from 'node:events'

const require = createRequire(path.join(process.env.NOVA_BENCH_PEERS, 'index.js'))
const { Client } = require('pg')
const copy = require('pg-copy-streams')
const [kind, from, to] = process.argv.slice(2)

function escaped(text) {
  return text.replace(/[\\\t\n\r]/g, c => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c])
}

const target = new Client({ connectionString: to })
await target.connect()
const began = process.hrtime.bigint()
const rows = kind === 'postgres' ? await table() : await list()
const seconds = Number(process.hrtime.bigint() - began) / 1e9
await target.end()
const used = process.resourceUsage()
console.log(JSON.stringify({ rows, seconds, cpu: (used.userCPUTime + used.systemCPUTime) / 1e6, rss: used.maxRSS * 1024 }))

async function table() {
  const source = new Client({ connectionString: from })
  await source.connect()
  await target.query('begin')
  await target.query('create temp table stage on commit drop as select * from t with no data')
  await pipeline(source.query(copy.to('copy t to stdout')), target.query(copy.from('copy stage from stdin')))
  const done = await target.query(`insert into t as t select * from stage on conflict (id) do update
    set name = excluded.name, amount = excluded.amount, updated_at = excluded.updated_at, note = excluded.note
    where (t.name, t.amount, t.updated_at, t.note) is distinct from (excluded.name, excluded.amount, excluded.updated_at, excluded.note)`)
  await target.query('commit')
  await source.end()
  return done.rowCount
}

async function page(agent, cursor) {
  const [answer] = await once(http.get(`${from}?cursor=${cursor}`, { agent }), 'response')
  const parts = []
  for await (const part of answer)
    parts.push(part)
  return JSON.parse(Buffer.concat(parts))
}

async function list() {
  const agent = new http.Agent({ keepAlive: true })
  await target.query('begin')
  await target.query('create temp table stage (key text, record jsonb) on commit drop')
  const into = target.query(copy.from('copy stage from stdin'))
  // The next page is under way while this one is written.
  let next = page(agent, 0)
  while (next) {
    const got = await next
    next = got.next ? page(agent, got.next) : null
    if (!into.write(got.items.map(item => `${item.id}\t${escaped(JSON.stringify(item))}\n`).join('')))
      await once(into, 'drain')
  }
  into.end()
  await once(into, 'finish')
  const done = await target.query(`insert into records as t (key, record, hash)
    select key, record, sha256(convert_to(record::text, 'UTF8')) from stage
    on conflict (key) do update set record = excluded.record, hash = excluded.hash where t.hash <> excluded.hash`)
  await target.query('commit')
  agent.destroy()
  return done.rowCount
}
