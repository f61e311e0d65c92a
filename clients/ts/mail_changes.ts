/**
 * Follows what changes in mail: `GET /changes` of a node of Nova, as server-sent events. No dependency; browsers, Node 20 and Deno.
 *
 * It goes on where it was after any gap: of the network, of the node, of the page's sleep. Keep `position` of what you have
 * worked on, and give it as `since` when you begin again. See docs/feed.md.
 */
export interface MailChange {
  type: "change"
  kind: "message" | "thread" | "folder" | "backfill" | "certificate"
  op: "changed" | "deleted"
  inbox_id: string
  /** The provider's id; of a backfill its id. */
  key: string
  /** The row's id; not of folders and certificates. */
  id?: string
  thread_id?: string
  /** How a message came first, such as backfill or webhook; of a certificate its day. */
  origin?: string
  /** Where to go on behind it. */
  position: string
}

/** What changed cannot be told: read anew what you show; what follows is what changes from then on. */
export interface MailResync {
  type: "resync"
  /** restored, removed, deleted or lagging */
  reason: string
  position?: string
}

/** Everything until now was told. */
export interface MailPosition {
  type: "position"
  position: string
}

export type MailEvent = MailChange | MailResync | MailPosition

export interface MailChangesOptions {
  /** Of the node, such as https://nova.example.com */
  url: string
  /** Of `mail_change_token`; a function is asked again when one is good no more. */
  token: string | (() => Promise<string>)
  /** A position, or "start"; without it: from now on. */
  since?: string
  signal?: AbortSignal
  /** Milliseconds before it connects again: the first pause, which doubles, and the longest. */
  pause?: { first: number; longest: number }
  fetch?: typeof fetch
}

export class MailChangesError extends Error {
  constructor(readonly status: number, message: string) {
    super(message)
    this.name = "MailChangesError"
  }
}

/** Longer than a node is silent: it beats every 15 seconds. */
const silence = 45_000

/**
 * Yields events until the signal says stop. Throws `MailChangesError` for what trying again does not mend: a wrong position, a token
 * that is refused twice, a database without the feed.
 */
export async function* mailChanges(options: MailChangesOptions): AsyncGenerator<MailEvent, void, void> {
  const { first, longest } = options.pause ?? { first: 250, longest: 30_000 }
  let since = options.since
  let pause = first
  let refused = 0
  while (!options.signal?.aborted) {
    try {
      for await (const event of once(options, since)) {
        refused = 0
        pause = first
        since = event.position ?? since
        yield event
        if (event.type === "resync" && event.position === undefined) since = undefined
      }
    } catch (problem) {
      if (options.signal?.aborted) return
      const status = problem instanceof MailChangesError ? problem.status : 0
      const again = status === 401 && typeof options.token === "function" && ++refused < 2
      if (status >= 400 && status !== 503 && status !== 429 && !again) throw problem
      if (again) continue
    }
    await sleep(pause * (0.5 + Math.random() / 2), options.signal)
    pause = Math.min(pause * 2, longest)
  }
}

/** The events of one connection. */
async function* once(options: MailChangesOptions, since: string | undefined): AsyncGenerator<MailEvent, void, void> {
  const token = typeof options.token === "function" ? await options.token() : options.token
  const address = new URL("/changes", options.url)
  if (since !== undefined) address.searchParams.set("since", since)
  const ended = new AbortController()
  const stop = () => ended.abort()
  options.signal?.addEventListener("abort", stop)
  let watch = setTimeout(stop, silence)
  try {
    const answer = await (options.fetch ?? fetch)(address, {
      headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
      cache: "no-store",
      signal: ended.signal,
    })
    if (!answer.ok || !answer.body) throw new MailChangesError(answer.status, await reasonOf(answer))
    let text = ""
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(watch)
      watch = setTimeout(stop, silence)
      text += value
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const event = parse(text.slice(0, end))
        text = text.slice(end + 2)
        if (event) yield event
      }
    }
  } finally {
    clearTimeout(watch)
    options.signal?.removeEventListener("abort", stop)
    ended.abort()
  }
}

async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => "")
  try {
    return (JSON.parse(text) as { error?: string }).error ?? `HTTP ${answer.status}`
  } catch {
    return `HTTP ${answer.status}`
  }
}

/** Nothing for a comment, and for an event of a later version. */
function parse(block: string): MailEvent | undefined {
  const fields: Record<string, string> = {}
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":")
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "")
  }
  const { event, id, data } = fields
  if (data === undefined) return undefined
  const told = JSON.parse(data)
  if (event === "change" && id !== undefined) return { type: "change", ...told, position: id }
  if (event === "position" && id !== undefined) return { type: "position", position: id }
  if (event === "resync") return { type: "resync", reason: told.reason, ...(id === undefined ? {} : { position: id }) }
  return undefined
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, milliseconds)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener("abort", done)
      resolve()
    }
    signal?.addEventListener("abort", done)
  })
}
