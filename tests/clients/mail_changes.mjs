// The client against a server that does what nodes and networks do. Prints TAP.
import { createServer } from "node:http"
import { once } from "node:events"
import { mailChanges, MailChangesError } from "./dist/mail_changes.js"

let cases = 0, failed = 0
function is(have, want, what) {
  const good = JSON.stringify(have) === JSON.stringify(want)
  failed += !good
  console.log(`${good ? "" : "not "}ok ${++cases} - ${what}`)
  if (!good) console.log(`# have ${JSON.stringify(have)}\n# want ${JSON.stringify(want)}`)
}

/** Answers each connection with the next of the scripts: a status, or pieces of a stream; notes what was asked. */
async function serve(...scripts) {
  const asked = []
  const server = createServer(async (request, answer) => {
    const url = new URL(request.url, "http://x")
    asked.push([url.searchParams.get("since"), request.headers.authorization])
    const script = scripts.shift() ?? 503
    if (typeof script === "number") {
      answer.writeHead(script, { "Content-Type": "application/json" })
      return answer.end(JSON.stringify({ error: `told ${script}` }))
    }
    answer.writeHead(200, { "Content-Type": "text/event-stream" })
    for (const piece of script) {
      answer.write(piece)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    if (!script.includes(":open\n\n")) answer.destroy()
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close: () => (server.closeAllConnections(), server.close()) }
}

const pause = { first: 1, longest: 5 }
const change = (id, key) => `event: change\nid: ${id}\ndata: {"kind":"message","op":"changed","inbox_id":"i","key":"${key}"}\n\n`

/** What comes, until so many events have come or it throws. */
async function follow(options, count) {
  const stop = new AbortController()
  const events = []
  for await (const event of mailChanges({ token: "t", pause, ...options, signal: stop.signal })) {
    events.push(event)
    if (events.length === count) stop.abort()
  }
  return events
}

{
  const text = ":\n\n" + change("p1", "a") + "event: position\nid: p2\ndata: {}\n\n" + "event: later\ndata: {}\n\n" + change("p3", "ü")
  const bytes = Buffer.from(text)
  const server = await serve([...bytes].map(byte => Buffer.from([byte])).slice(0, 120).concat([bytes.subarray(120), ":open\n\n"]))
  const events = await follow({ url: server.url }, 3)
  is(events.map(event => [event.type, event.key ?? null, event.position]), [["change", "a", "p1"], ["position", null, "p2"], ["change", "ü", "p3"]],
    "events come whole, however the network cuts them; what is not known is left out")
  is(server.asked, [[null, "Bearer t"]], "it asks from now on, with the token")
  server.close()
}
{
  const server = await serve([change("p1", "a")], 503, [change("p2", "b"), ":open\n\n"])
  const events = await follow({ url: server.url, since: "p0" }, 2)
  is(events.map(event => event.key), ["a", "b"], "after a cut and a node that is not there it goes on")
  is(server.asked.map(([since]) => since), ["p0", "p1", "p1"], "where it was")
  server.close()
}
{
  const lagging = 'event: resync\ndata: {"reason":"lagging"}\n\n'
  const restored = 'event: resync\nid: p9\ndata: {"reason":"restored"}\n\n'
  const server = await serve([change("p1", "a"), lagging], [restored, change("p10", "b"), ":open\n\n"])
  const events = await follow({ url: server.url }, 4)
  is(events.map(event => event.reason ?? event.key), ["a", "lagging", "restored", "b"], "who is told to begin anew is told why")
  is(server.asked.map(([since]) => since), [null, null], "and begins anew")
  server.close()
}
{
  let given = 0
  const server = await serve(401, [change("p1", "a"), ":open\n\n"])
  const events = await follow({ url: server.url, token: async () => `t${++given}` }, 1)
  is(events.length, 1, "a token that is good no more is replaced")
  is(server.asked.map(([, token]) => token), ["Bearer t1", "Bearer t2"], "by the next")
  server.close()
}
for (const [status, token] of [[401, "t"], [400, "t"], [501, "t"], [401, async () => "t"]]) {
  const server = await serve(status, status, status)
  const told = await follow({ url: server.url, token }, 1).catch(problem => problem)
  is([told instanceof MailChangesError, told.status, told.message], [true, status, `told ${status}`], `${status} is not tried for ever`)
  server.close()
}
{
  const server = await serve([":open\n\n"])
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 50)
  const events = []
  for await (const event of mailChanges({ url: server.url, token: "t", signal: stop.signal })) events.push(event)
  is(events, [], "who stops it in silence stops it")
  server.close()
}
console.log(`1..${cases}`)
process.exit(failed ? 1 : 0)
