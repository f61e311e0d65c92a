// The published JavaScript client of pgmq against our queues. Prints TAP. Arguments: folder of the socket, database.
import assert from 'node:assert/strict';
import { Pgmq } from 'pgmq-js';

const [host, database] = process.argv.slice(2);
const pgmq = await Pgmq.new(
  { host, database, user: 'postgres', password: '', port: 5432, ssl: false },
  { skipExtensionCreation: true }, // the schema is there, the extension is not
);
const { queue, msg } = pgmq;

const cases = {
  'creates a queue, also twice, and lists it': async () => {
    await queue.create('js');
    await queue.create('js');
    const found = (await queue.list()).filter((q) => q.name === 'js');
    assert.equal(found.length, 1);
    assert.equal(found[0].isPartitioned, false);
    assert.ok(found[0].createdAt instanceof Date);
  },
  'creates an unlogged queue': async () => {
    await queue.createUnlogged('js_unlogged');
    assert.equal((await queue.list()).find((q) => q.name === 'js_unlogged').isUnlogged, true);
  },
  'refuses a name that is too long': async () => {
    await assert.rejects(queue.create('a'.repeat(48)), /queue name is too long, maximum length is 47 characters/);
  },
  'sends and reads a message': async () => {
    const id = await msg.send('js', { text: 'grüße', list: [1, null, { deep: true }] });
    const read = await msg.read('js', 30);
    assert.equal(String(read.msgId), String(id));
    assert.equal(read.readCount, 1);
    assert.deepEqual(read.message, { text: 'grüße', list: [1, null, { deep: true }] });
    assert.ok(read.vt > read.enqueuedAt);
    assert.equal(await msg.read('js', 30), undefined);
    assert.equal(await msg.delete('js', read.msgId), true);
    assert.equal(await msg.delete('js', read.msgId), false);
  },
  'sends a batch and reads it in order': async () => {
    const ids = await msg.sendBatch('js', [{ n: 1 }, { n: 2 }, { n: 3 }]);
    assert.equal(ids.length, 3);
    const read = await msg.readBatch('js', 30, 10);
    assert.deepEqual(read.map((m) => m.message.n), [1, 2, 3]);
    assert.deepEqual((await msg.deleteBatch('js', [...ids, 99999])).map(String).sort(), ids.map(String).sort());
  },
  'does not read a delayed message': async () => {
    const id = await msg.send('js', { late: true }, 60);
    assert.equal(await msg.read('js', 30), undefined);
    const now = await msg.setVt('js', id, 0);
    assert.equal(String(now.msgId), String(id));
    assert.deepEqual((await msg.read('js', 30)).message, { late: true });
    await msg.delete('js', id);
    assert.equal(await msg.setVt('js', 99999, 0), undefined);
  },
  'pops a message': async () => {
    assert.equal(await msg.pop('js'), undefined);
    await msg.send('js', { once: true });
    assert.deepEqual((await msg.pop('js')).message, { once: true });
    assert.equal(await msg.pop('js'), undefined);
  },
  'archives one and many': async () => {
    const ids = await msg.sendBatch('js', [1, 2, 3].map((n) => ({ n })));
    assert.equal(await msg.archive('js', ids[0]), true);
    assert.equal(await msg.archive('js', ids[0]), false);
    assert.equal((await msg.archiveBatch('js', ids)).length, 2);
  },
  'tells figures of one queue and of all': async () => {
    await msg.sendBatch('js', [{}, {}]);
    const figures = await queue.getMetrics('js');
    assert.equal(figures.queueName, 'js');
    assert.equal(Number(figures.queueLength), 2);
    assert.ok(Number(figures.totalMessages) >= 10);
    assert.ok(figures.scrapeTime instanceof Date);
    assert.equal((await queue.getAllMetrics()).length, (await queue.list()).length);
  },
  'purges, detaches and drops': async () => {
    await queue.purge('js');
    assert.equal(Number((await queue.getMetrics('js')).queueLength), 0);
    await queue.detachArchive('js');
    await queue.drop('js');
    assert.equal((await queue.list()).some((q) => q.name === 'js'), false);
  },
};

let number = 0;
for (const [what, test] of Object.entries(cases)) {
  number += 1;
  try {
    await test();
    console.log(`ok ${number} - ${what}`);
  } catch (error) {
    console.log(`not ok ${number} - ${what}`);
    console.log(String(error.stack).replace(/^/gm, '# '));
  }
}
console.log(`1..${number}`);
await pgmq.close();
