// Prints what comes, an event a line: follow.mjs URL TOKEN.
import { mailChanges } from "./dist/mail_changes.js"

const [url, token] = process.argv.slice(2)
for await (const event of mailChanges({ url, token, pause: { first: 50, longest: 500 } }))
  console.log([event.type, event.kind ?? event.reason ?? "", event.key ?? ""].join(" "))
