// Who sees what over HTTP, by supabase-js against the policies: client.mjs FOLDER DATABASE. Prints TAP.
import { createHmac } from "node:crypto"
import { App } from "@supabase/lite"
import { createPostgresConnection } from "@supabase/lite/postgres"
import { createClient } from "@supabase/supabase-js"

const [folder, database] = process.argv.slice(2)
const secret = "a secret of the test, long enough for a key"
const connection = createPostgresConnection({ url: `postgres://postgres@localhost/${database}`, postgresOptions: { host: folder, port: 5432, user: "postgres", database } })
const app = new App({ connection, auth: { enabled: true, jwt_secret: secret } })

let cases = 0, failed = 0
function is(have, want, what) {
  const good = JSON.stringify(have) === JSON.stringify(want)
  failed += !good
  console.log(`${good ? "" : "not "}ok ${++cases} - ${what}`)
  if (!good) console.log(`# have ${JSON.stringify(have)?.slice(0, 500)}\n# want ${JSON.stringify(want)}`)
}

function token(claims) {
  const part = value => Buffer.from(JSON.stringify(value)).toString("base64url")
  const now = Math.floor(Date.now() / 1000)
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iat: now, exp: now + 3600, iss: "supabase", aud: "authenticated", ...claims })}`
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`
}

function as(claims) {
  const bearer = token(claims)
  return createClient("http://lite.test", bearer, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { Authorization: `Bearer ${bearer}` }, fetch: (input, init) => app.fetch(new Request(input, init)) },
  })
}
const ann = as({ sub: "a0000000-0000-4000-8000-000000000001", role: "authenticated" })
const bob = as({ sub: "a0000000-0000-4000-8000-000000000002", role: "authenticated" })
const nobody = as({ sub: "a0000000-0000-4000-8000-000000000003", role: "authenticated" })
const member = as({ sub: "a0000000-0000-4000-8000-000000000004", role: "authenticated", app_metadata: { tenant_id: "acme" } })
const anonymous = as({ role: "anon" })

const told = answer => (answer.error ? answer.error.code : [...new Set(answer.data.map(row => row.inbox_id ?? row.id))].map(id => id.at(-1)).sort().join(""))
const reads = {
  flux_inboxes: who => who.from("flux_inboxes").select("id, email"),
  flux_email_threads: who => who.from("flux_email_threads").select("*"),
  flux_email_messages: who => who.from("flux_email_messages").select("inbox_id, subject, body"),
  flux_email_folders: who => who.from("flux_email_folders").select("*"),
  flux_email_attachments: who => who.from("flux_email_attachments").select("*"),
  sync_progress: who => who.from("sync_progress").select("*"),
  mail_threads: who => who.rpc("mail_threads", { unread: true }),
  "mail_threads of a folder": who => who.rpc("mail_threads", { folder: "INBOX" }),
  mail_search: who => who.rpc("mail_search", { query: "harb" }),
  mail_messages: who => who.rpc("mail_messages", {}),
}
await reads.flux_inboxes(ann) // the server of the API makes itself ready at its first request, and not twice at once
for (const [what, read] of Object.entries(reads)) {
  const seen = await Promise.all([ann, bob, nobody, member].map(async who => told(await read(who))))
  is(seen, ["a", "b", "", "c"], `${what}: an owner sees the own, a stranger nothing, a member the tenant's`)
  const refused = await read(anonymous)
  is(Boolean(refused.error) || refused.data.length === 0, true, `${what}: who is not signed in sees nothing`)
}
const written = await ann.from("flux_email_messages").update({ unread: false }).eq("inbox_id", "00000000-0000-0000-0000-00000000000a").select()
is(Boolean(written.error) || written.data.length === 0, true, "nobody writes")
const changes = await ann.rpc("mail_changes", { since: "start" })
is([...new Set(changes.data.filter(row => row.inbox_id).map(row => row.inbox_id.at(-1)))], ["a"], "mail_changes tells of the own inbox")
const given = await ann.rpc("mail_change_token", {})
is([typeof given.data, given.data?.length], ["string", 64], "a user has a token to follow them")
const others = await ann.rpc("mail_change_token", { scope: "user", subject: "a0000000-0000-4000-8000-000000000002" })
is(others.error?.code, "42501", "not for another")
const attached = await ann.from("flux_email_messages").select("subject, flux_email_attachments(filename)")
is(attached.data?.[0]?.flux_email_attachments?.[0]?.filename, "a.pdf", "attachments are embedded in their message")
console.log(`1..${cases}`)
await connection.close()
process.exit(failed ? 1 : 0)
