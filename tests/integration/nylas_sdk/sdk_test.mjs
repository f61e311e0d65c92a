// The official SDK as a client that knows nothing of the simulator but its URL.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import Nylas, { NylasApiError } from 'nylas';

let server, ready, nylas, google, microsoft, imap;

before(async () => {
  server = spawn(process.env.NOVA_SIMULATOR, ['130'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  ready = JSON.parse(line);
  [google, microsoft, imap] = ready.grant_ids;
  nylas = new Nylas({ apiKey: ready.api_key, apiUri: ready.url, timeout: 30 });
});

after(async () => {
  server.stdin.end();
  await once(server, 'exit');
});

async function all(list) {
  const items = [];
  for await (const page of list) items.push(...page.data);
  return items;
}

async function admin(method, path, body) {
  const answer = await fetch(ready.url + path, {
    method,
    headers: { authorization: `Bearer ${ready.api_key}` },
    body: body && JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer;
}

async function truth(grant) {
  const answer = await admin('GET', `/sim/grants/${grant}/truth?limit=10000`);
  return (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
}

// The SDK decodes ids before it encodes them: it cannot name an id with a percent sign.
const nameable = (id) => !id.includes('%');

const failing = (kind) => ({ overrides: { headers: { 'X-Sim-Fault': kind } } });

test('threads are paged to the end, each once', async () => {
  for (const identifier of [google, microsoft, imap]) {
    const ids = (await all(nylas.threads.list({ identifier }))).map((thread) => thread.id);
    assert.equal(ids.length, 130);
    assert.equal(new Set(ids).size, 130);
  }
});

test('messages are all there are', async () => {
  const ids = (await all(nylas.messages.list({ identifier: google }))).map((message) => message.id);
  assert.deepEqual(ids.sort(), (await truth(google)).map((message) => message.id).sort());
});

test('a limit is refused beyond a page, or is a total of several pages when limits are cut', async () => {
  const query = { identifier: microsoft, queryParams: { limit: 275 } };
  await assert.rejects(nylas.messages.list(query), { statusCode: 400 });
  await admin('PUT', '/sim/settings', { clamp_limits: true });
  try {
    const { data } = await nylas.messages.list(query);
    assert.equal(new Set(data.map((message) => message.id)).size, 275);
  } finally {
    await admin('PUT', '/sim/settings', { clamp_limits: false });
  }
});

test('the messages of a thread are those it names', async () => {
  const page = await nylas.threads.list({ identifier: imap, queryParams: { limit: 20 } });
  for (const thread of page.data) {
    const messages = await all(nylas.messages.list({ identifier: imap, queryParams: { threadId: thread.id } }));
    assert.deepEqual(messages.map((message) => message.id).sort(), [...thread.messageIds].sort());
  }
});

test('awkward ids are found alone', async () => {
  const ids = (await truth(imap)).map((message) => message.id).filter(nameable);
  assert.ok(ids.some((id) => id.includes('/') && id.includes('<')));
  for (const messageId of ids.slice(0, 60)) {
    const { data } = await nylas.messages.find({ identifier: imap, messageId });
    assert.equal(data.id, messageId);
  }
  const threads = await all(nylas.threads.list({ identifier: imap, queryParams: { select: 'id' } }));
  for (const { id: threadId } of threads.filter(({ id }) => nameable(id)).slice(0, 20))
    assert.equal((await nylas.threads.find({ identifier: imap, threadId })).data.id, threadId);
});

test('an e-mail address names a grant', async () => {
  const { data } = await nylas.grants.find({ grantId: google });
  const page = await nylas.threads.list({ identifier: data.email, queryParams: { limit: 1 } });
  assert.equal(page.data[0].grantId, google);
});

test('filters go through as the SDK writes them', async () => {
  const messages = await truth(google);
  const sender = messages.find((message) => !message.folders.includes('SENT')).from[0].email;
  const by = await all(nylas.messages.list({ identifier: google, queryParams: { anyEmail: [sender, 'nobody@example.com'] } }));
  const involved = (message) => ['from', 'to', 'cc', 'bcc'].some((field) => message[field].some((one) => one.email === sender));
  assert.equal(by.length, messages.filter(involved).length);
  const unread = await all(nylas.messages.list({ identifier: google, queryParams: { unread: true, in: ['INBOX', 'SENT'] } }));
  assert.equal(unread.length, messages.filter((m) => m.unread && (m.folders.includes('INBOX') || m.folders.includes('SENT'))).length);
  const after = messages.map((message) => message.date).sort()[Math.floor(messages.length / 2)];
  const recent = await all(nylas.messages.list({ identifier: google, queryParams: { receivedAfter: after } }));
  assert.equal(recent.length, messages.filter((message) => message.date > after).length);
});

test('folders and grants are listed', async () => {
  const folders = await all(nylas.folders.list({ identifier: microsoft }));
  assert.ok(folders.some((folder) => folder.attributes.includes('\\Inbox')));
  const grants = await nylas.grants.list();
  assert.deepEqual(grants.data.map((grant) => grant.id), ready.grant_ids);
});

test('attachments come as metadata and as bytes', async () => {
  const { data } = await nylas.messages.list({ identifier: google, queryParams: { hasAttachment: true, limit: 1 } });
  const [message] = data;
  const [file] = message.attachments;
  const query = { identifier: google, attachmentId: file.id, queryParams: { messageId: message.id } };
  assert.equal((await nylas.attachments.find(query)).data.size, file.size);
  assert.equal((await nylas.attachments.downloadBytes(query)).length, file.size);
});

test('errors are errors of the SDK', async () => {
  const missing = nylas.messages.find({ identifier: google, messageId: 'nothing' });
  await assert.rejects(missing, (error) => {
    assert.ok(error instanceof NylasApiError);
    assert.equal(error.statusCode, 404);
    assert.equal(error.type, 'not_found_error');
    assert.ok(error.requestId);
    return true;
  });
  const stranger = new Nylas({ apiKey: 'wrong', apiUri: ready.url });
  await assert.rejects(stranger.grants.find({ grantId: google }), { statusCode: 401 });
  await assert.rejects(nylas.threads.find({ identifier: 'nobody', threadId: 'x' }), { statusCode: 404 });
});

test('a header makes one request fail', async () => {
  const [{ id: threadId }] = (await nylas.threads.list({ identifier: google, queryParams: { limit: 1 } })).data;
  const find = (kind) => nylas.threads.find({ identifier: google, threadId, ...failing(kind) });
  await assert.rejects(find('429'), { statusCode: 429, type: 'nylas_rate_limit_exceeded' });
  await assert.rejects(find('504'), { statusCode: 504 });
  await assert.rejects(find('502-html'), (error) => !(error instanceof NylasApiError));
  assert.equal((await nylas.threads.find({ identifier: google, threadId })).data.id, threadId);
});

test('retry-after reaches the client', async () => {
  await admin('PUT', '/sim/faults', { rules: [{ fault: '429', retry_after: 3, count: 1, path: '/v3/grants/*/folders' }] });
  await assert.rejects(nylas.folders.find({ identifier: google, folderId: 'INBOX' }), (error) => {
    assert.equal(error.headers['retry-after'], '3');
    return true;
  });
  await nylas.folders.find({ identifier: google, folderId: 'INBOX' });
});

test('a webhook is made by its challenge, gets signed events and goes', async () => {
  const got = [];
  const endpoint = http.createServer((request, response) => {
    if (request.method === 'GET') {
      const challenge = nylas.webhooks.extractChallengeParameter(`http://localhost${request.url}`);
      response.writeHead(200, { 'content-length': challenge.length }).end(challenge);
      return;
    }
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      got.push({ signature: request.headers['x-nylas-signature'], body: Buffer.concat(parts) });
      response.writeHead(200, { 'content-length': 0 }).end();
      endpoint.emit('delivered');
    });
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  try {
    const webhookUrl = `http://127.0.0.1:${endpoint.address().port}/hook`;
    const { data: made } = await nylas.webhooks.create({ requestBody: { triggerTypes: ['message.created'], webhookUrl } });
    const delivered = once(endpoint, 'delivered');
    await admin('POST', `/sim/grants/${google}/messages`, { subject: 'Hello' });
    await delivered;
    assert.equal(got[0].signature, createHmac('sha256', made.webhookSecret).update(got[0].body).digest('hex'));
    assert.equal(JSON.parse(got[0].body).data.object.subject, 'Hello');
    const rotated = await nylas.webhooks.rotateSecret({ webhookId: made.id });
    assert.notEqual(rotated.data.webhookSecret, made.webhookSecret);
    assert.equal((await nylas.webhooks.list()).data.length, 1);
    await nylas.webhooks.destroy({ webhookId: made.id });
    assert.equal((await nylas.webhooks.list()).data.length, 0);
  } finally {
    endpoint.closeAllConnections();
    endpoint.close();
  }
});

test('a webhook that does not answer its challenge is refused', async () => {
  const made = nylas.webhooks.create({
    requestBody: { triggerTypes: ['message.created'], webhookUrl: 'http://127.0.0.1:1/hook' },
  });
  await assert.rejects(made, { statusCode: 400 });
});
