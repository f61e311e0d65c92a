// What people write, and what the compiler must refuse, with the types of the documented schema.
import type { Database, Tables, TablesInsert } from "./database.types"

type Functions = Database["public"]["Functions"]
type Arguments<Name extends keyof Functions> = Functions[Name]["Args"]

export const said: TablesInsert<"messages"> = { conversation_id: "c", role: "user", content: "x" }
export const rated: TablesInsert<"feedback"> = { message_id: "m", user_id: "u", rating: 1 }
export const progress: Arguments<"get_sync_progress"> = { config_id: "3f" }
export const unread: Arguments<"mail_threads"> = { unread: true }
export const found: Arguments<"mail_search"> = { query: "boat" }
export const date: Tables<"flux_email_messages">["message_date"] = null

// @ts-expect-error: a message is said in a conversation
export const nowhere: TablesInsert<"messages"> = { role: "user", content: "x" }
// @ts-expect-error: tokens are counted
export const counted: TablesInsert<"messages"> = { conversation_id: "c", role: "user", content: "x", tokens: "5" }
// @ts-expect-error: a rating is of a message
export const unrated: TablesInsert<"feedback"> = { user_id: "u", rating: 1 }
// @ts-expect-error: a search has words
export const nothing: Arguments<"mail_search"> = {}
// @ts-expect-error: there is no such argument
export const misspelt: Arguments<"mail_threads"> = { unraed: true }
// @ts-expect-error: nor such a table
export const absent: Tables<"flux_mails"> = {}
// @ts-expect-error: an id is there
export const idless: Tables<"flux_email_threads">["id"] = null
// @ts-expect-error: nobody gives the number of a window
export const numbered: TablesInsert<"backfill_windows"> = { id: 1, config_id: "c", window_start: "", window_end: "" }
// @ts-expect-error: a view of counts is not written
export const written: TablesInsert<"mail_completeness"> = {}
// @ts-expect-error: it is called by the name that is documented
export const renamed: Arguments<"get_sync_progress"> = { config: "3f" }
