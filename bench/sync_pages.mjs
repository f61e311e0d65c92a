// An API that costs as little as it can: node sync_pages.mjs RECORDS PAGE. Prints its port; pages are made before.
import http from 'node:http'

const [records, size] = process.argv.slice(2).map(Number)
const pages = []
for (let first = 0; first < records; first += size) {
  const items = Array.from({ length: Math.min(size, records - first) }, (_, n) => ({
    id: first + n + 1, name: `person ${first + n}`, email: `p${first + n}@example.com`, tags: ['a', 'b'], score: (first + n) / 7,
    address: { city: 'Berlin', street: 'x'.repeat(60) }, updated_at: '2026-01-01T00:00:00Z' }))
  pages.push(Buffer.from(JSON.stringify({ items, next: first + size < records ? first + size : null })))
}
const server = http.createServer((request, answer) => {
  const cursor = Number(new URL(request.url, 'http://x').searchParams.get('cursor') ?? 0)
  answer.setHeader('Content-Type', 'application/json')
  answer.end(pages[cursor / size])
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
