// What a Node program with the unmodified `cassandra-driver` does to a node, one line a check.
//
// Address in BASALT_HOST and BASALT_PORT. Prints `ok NAME` or `FAIL NAME: why`; prints `restart` and waits for a line on
// standard input when the runner shall kill the node and start it again.
'use strict';

const assert = require('assert');
const readline = require('readline');
const cassandra = require('cassandra-driver');
const { types, errors } = cassandra;

const HOST = process.env.BASALT_HOST;
const PORT = Number(process.env.BASALT_PORT);
const KEYSPACE = 'client_node';
const PREPARE = { prepare: true };
const checks = [];
let client;

function check(name, work) {
  checks.push([name, work]);
}

// Connects as a newcomer would: contact point, data centre (which the driver demands), nothing else.
function connect(keyspace, settings = {}) {
  return new cassandra.Client({
    contactPoints: [`${HOST}:${PORT}`], localDataCenter: 'datacenter1', keyspace, ...settings });
}

async function refused(work, code) {
  try {
    await work();
  } catch (error) {
    assert(error instanceof errors.ResponseError, `raised ${error.name}: ${error.message}`);
    assert.strictEqual(error.code, code, error.message);
    return error;
  }
  throw new Error('raised nothing');
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Compares by the driver's own text forms, so that Long, BigDecimal and the rest compare by value.
function plain(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return 'blob:' + value.toString('hex');
  if (value instanceof types.Vector) return 'vector:' + Array.from(value).join();
  if (value instanceof types.Tuple) return ['tuple', ...value.values().map(plain)];
  if (value instanceof Map) return [...value].map(([k, v]) => [plain(k), plain(v)]);
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object') {
    const own = Object.getPrototypeOf(value) === Object.prototype;
    return own ? Object.entries(value).sort().map(([k, v]) => [k, plain(v)]) : value.constructor.name + ':' + value;
  }
  return value;
}

check('connects with default settings', async () => {
  client = connect();
  await client.connect();
  const row = (await client.execute('SELECT release_version, cluster_name FROM system.local')).first();
  assert(row.release_version && row.cluster_name);
});

check('creates keyspace, type and tables', async () => {
  await client.execute(`DROP KEYSPACE IF EXISTS ${KEYSPACE}`);
  await client.execute(`CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`);
  await client.execute(`USE ${KEYSPACE}`);
  await client.execute('CREATE TYPE place (street text, zip int, tags frozen<set<text>>)');
  await client.execute(`CREATE TABLE every_type (
    k int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, da date, de decimal, d double, du duration, fl float,
    i inet, sm smallint, ti tinyint, t time, ts timestamp, tx text, u uuid, tu timeuuid, vi varint, l list<int>,
    s set<text>, m map<text, bigint>, p place, fp frozen<place>, tup tuple<int, text, double>, v vector<float, 3>)`);
  await client.execute(`CREATE TABLE series (k text, c int, v text, st text STATIC, PRIMARY KEY (k, c))
    WITH CLUSTERING ORDER BY (c DESC) AND comment = 'by client'`);
  await client.execute('CREATE TABLE tally (k text, c text, n counter, PRIMARY KEY (k, c))');
  await client.execute('CREATE TABLE plain (k int PRIMARY KEY, v text, w text)');
});

check('reads the schema', async () => {
  const table = await client.metadata.getTable(KEYSPACE, 'series');
  assert.deepStrictEqual(table.partitionKeys.map((c) => c.name), ['k']);
  assert.deepStrictEqual(table.clusteringKeys.map((c) => c.name), ['c']);
  assert.deepStrictEqual(table.clusteringOrder, ['DESC']);
  assert.deepStrictEqual(table.columns.map((c) => c.name).sort(), ['c', 'k', 'st', 'v']);
  assert.strictEqual(table.comment, 'by client');
  assert.strictEqual(table.columnsByName.v.type.code, types.dataTypes.text);
  const udt = await client.metadata.getUdt(KEYSPACE, 'place');
  assert.deepStrictEqual(udt.fields.map((f) => f.name), ['street', 'zip', 'tags']);
  assert(client.metadata.keyspaces[KEYSPACE], 'the keyspace is missing');
  const every = await client.metadata.getTable(KEYSPACE, 'every_type');
  assert.strictEqual(every.columnsByName.m.type.code, types.dataTypes.map);
  assert.strictEqual(every.columnsByName.p.type.code, types.dataTypes.udt);
  assert.strictEqual(await client.metadata.getTable(KEYSPACE, 'no_such_table'), null);
});

const place = { street: 'Main St', zip: 10001, tags: ['x'] };
const every = {
  k: 1, a: 'ascii', b: types.Long.MIN_VALUE, bl: Buffer.from([0, 255, 16]), bo: true,
  da: types.LocalDate.fromString('1969-07-20'), de: types.BigDecimal.fromString('-1234567890123456789.0123456789'),
  d: -0.1, du: types.Duration.fromString('1y2mo1h'), fl: 1.5, i: types.InetAddress.fromString('2001:db8::1'), sm: -32768, ti: 127,
  t: types.LocalTime.fromString('23:59:59.123456789'), ts: new Date('2013-02-08T17:05:01.234Z'), tx: 'naïve — 雪 ❄',
  u: types.Uuid.fromString('123e4567-e89b-42d3-a456-426614174000'), tu: types.TimeUuid.fromDate(new Date(1360343101250)),
  vi: types.Integer.fromString('1606938044258990275541962092341162602522202993782792835301377'), l: [3, 1, 3], s: ['a', 'b'],
  m: { x: types.Long.fromNumber(-1), y: types.Long.fromNumber(2) }, p: place, fp: { ...place, zip: null },
  tup: new types.Tuple(7, null, 2.5), v: new types.Vector([1, -2.5, 0.125], 'float') };

async function everyTypeIsThere() {
  const row = (await client.execute('SELECT * FROM every_type WHERE k = ?', [1], PREPARE)).first();
  for (const [name, value] of Object.entries(every)) {
    assert.deepStrictEqual(plain(row[name]), plain(value), `column ${name}`);
  }
}

check('every type comes back equal', async () => {
  const names = Object.keys(every);
  const insert = `INSERT INTO every_type (${names.join()}) VALUES (${names.map(() => '?').join()})`;
  await client.execute(insert, Object.values(every), PREPARE);
  await everyTypeIsThere();
  await client.execute(insert, names.map((n) => (n === 'k' ? 2 : null)), PREPARE);
  const row = (await client.execute('SELECT * FROM every_type WHERE k = 2')).first();
  assert.deepStrictEqual(Object.entries(row).filter(([, v]) => v !== null), [['k', 2]]);
});

check('unprepared parameters', async () => {
  await client.execute('INSERT INTO plain (k, v, w) VALUES (?, ?, ?)', [100, "quo'te", null], { hints: ['int', 'text', 'text'] });
  const row = (await client.execute('SELECT * FROM plain WHERE k = ?', [100], { hints: ['int'] })).first();
  assert.deepStrictEqual([row.k, row.v, row.w], [100, "quo'te", null]);
});

check('pages through 5000 rows in order', async () => {
  for (let at = 0; at < 5000; at += 250) {
    await Promise.all(Array.from({ length: 250 }, (_, n) => client.execute(
      'INSERT INTO series (k, c, v) VALUES (?, ?, ?)', ['wide', at + n, `v${at + n}`], PREPARE)));
  }
  const seen = [];
  await new Promise((done, fail) => client.eachRow('SELECT c FROM series WHERE k = ?', ['wide'],
    { prepare: true, fetchSize: 500, autoPage: true }, (n, row) => seen.push(row.c), (error) => (error ? fail(error) : done())));
  assert.deepStrictEqual(seen, Array.from({ length: 5000 }, (_, n) => 4999 - n));
});

check('a page state continues by hand', async () => {
  const seen = [];
  let pageState;
  let pages = 0;
  do {
    const result = await client.execute('SELECT c FROM series WHERE k = ?', ['wide'], { prepare: true, fetchSize: 500, pageState });
    seen.push(...result.rows.map((row) => row.c));
    pageState = result.pageState;
    pages += 1;
  } while (pageState);
  assert.strictEqual(seen.length, 5000);
  assert.strictEqual(new Set(seen).size, 5000);
  assert(pages === 10 || pages === 11, `${pages} pages`);
});

check('logged batch of prepared statements', async () => {
  const query = 'INSERT INTO plain (k, v) VALUES (?, ?)';
  await client.batch(Array.from({ length: 10 }, (_, n) => ({ query, params: [10 + n, 'logged'] })), PREPARE);
  const rows = (await client.execute('SELECT k FROM plain WHERE k IN (10,11,12,13,14,15,16,17,18,19)')).rows;
  assert.deepStrictEqual(rows.map((r) => r.k).sort(), Array.from({ length: 10 }, (_, n) => 10 + n));
});

check('unlogged batch', async () => {
  await client.batch([{ query: 'INSERT INTO plain (k, v) VALUES (?, ?)', params: [20, 'prepared'] }, 'DELETE FROM plain WHERE k = 10'],
    { prepare: true, logged: false });
  assert.strictEqual((await client.execute('SELECT v FROM plain WHERE k = 20')).first().v, 'prepared');
  assert.strictEqual((await client.execute('SELECT v FROM plain WHERE k = 10')).first(), null);
});

check('counter batch counts', async () => {
  const query = 'UPDATE tally SET n = n + ? WHERE k = ? AND c = ?';
  for (let n = 0; n < 3; n += 1) {
    await client.batch([{ query, params: [types.Long.fromNumber(2), 'a', 'x'] }, { query, params: [types.Long.fromNumber(-1), 'a', 'y'] }],
      { prepare: true, counter: true });
  }
  const rows = (await client.execute("SELECT c, n FROM tally WHERE k = 'a'")).rows;
  assert.deepStrictEqual(rows.map((r) => [r.c, r.n.toString()]), [['x', '6'], ['y', '-3']]);
});

check('empty batch is refused by the driver itself or answered', async () => {
  // This driver refuses an empty list before anything is sent; the connection must go on serving either way.
  try {
    await client.batch([], PREPARE);
  } catch (error) {
    assert(error instanceof errors.ArgumentError || error instanceof errors.ResponseError || error instanceof Error, error.message);
    assert(!(error instanceof errors.NoHostAvailableError), error.message);
  }
  await client.execute('BEGIN BATCH APPLY BATCH');
});

check('unset leaves a column and null deletes it', async () => {
  const insert = 'INSERT INTO plain (k, v, w) VALUES (?, ?, ?)';
  await client.execute(insert, [40, 'v', 'w'], PREPARE);
  await client.execute(insert, [40, types.unset, null], PREPARE);
  const row = (await client.execute('SELECT * FROM plain WHERE k = 40')).first();
  assert.deepStrictEqual([row.v, row.w], ['v', null]);
});

check('named binds', async () => {
  await client.execute('INSERT INTO plain (k, v, w) VALUES (:key, :v, :other)', { key: 41, v: 'a', other: 'b' }, PREPARE);
  const row = (await client.execute('SELECT * FROM plain WHERE k = :key', { key: 41 }, PREPARE)).first();
  assert.deepStrictEqual([row.v, row.w], ['a', 'b']);
});

check('conditional writes tell whether they applied', async () => {
  assert((await client.execute("INSERT INTO plain (k, v) VALUES (50, 'first') IF NOT EXISTS")).wasApplied());
  const second = await client.execute("INSERT INTO plain (k, v) VALUES (50, 'second') IF NOT EXISTS");
  assert(!second.wasApplied());
  assert.strictEqual(second.first().v, 'first');
  const update = 'UPDATE plain SET v = ? WHERE k = ? IF v = ?';
  assert((await client.execute(update, ['third', 50, 'first'], PREPARE)).wasApplied());
  const result = await client.execute(update, ['fourth', 50, 'first'], PREPARE);
  assert(!result.wasApplied());
  assert.strictEqual(result.first().v, 'third');
});

check('error kinds arrive', async () => {
  const { responseErrorCodes: codes } = types;
  await refused(() => client.execute('SELEC * FROM plain'), codes.syntaxError);
  await refused(() => client.execute('SELECT * FROM no_such_table'), codes.invalid);
  await refused(() => client.execute('SELECT * FROM no_such_table WHERE k = ?', [1], PREPARE), codes.invalid);
  const exists = await refused(() => client.execute('CREATE TABLE plain (k int PRIMARY KEY)'), codes.alreadyExists);
  assert.deepStrictEqual([exists.keyspace, exists.table], [KEYSPACE, 'plain']);
  assert.strictEqual((await client.execute('SELECT v FROM plain WHERE k = 20')).first().v, 'prepared');
});

check('keyspace at connect', async () => {
  const other = connect(KEYSPACE);
  await other.connect();
  assert.strictEqual((await other.execute('SELECT v FROM plain WHERE k = 20')).first().v, 'prepared');
  await other.shutdown();
});

check('schema change of another connection is seen', async () => {
  const other = connect(KEYSPACE);
  const before = await client.metadata.getTable(KEYSPACE, 'elsewhere');
  assert.strictEqual(before, null);
  await other.execute('CREATE TABLE elsewhere (k int PRIMARY KEY, v int)');
  await other.execute('ALTER TABLE elsewhere ADD w text');
  let names = [];
  for (let tries = 0; tries < 100 && names.length < 3; tries += 1) {
    const table = await client.metadata.getTable(KEYSPACE, 'elsewhere');
    names = table ? table.columns.map((c) => c.name).sort() : [];
    await sleep(100);
  }
  assert.deepStrictEqual(names, ['k', 'v', 'w']);
  await other.shutdown();
});

check('each protocol version serves', async () => {
  for (const maxVersion of [3, 4]) {
    const other = connect(KEYSPACE, { protocolOptions: { port: PORT, maxVersion } });
    const row = (await other.execute('SELECT * FROM every_type WHERE k = ?', [1], PREPARE)).first();
    assert.strictEqual(row.tx, every.tx, `v${maxVersion}`);
    await other.shutdown();
  }
});

check('prepared statements survive a restart', async () => {
  const insert = 'INSERT INTO plain (k, v) VALUES (?, ?)';
  const select = 'SELECT v FROM plain WHERE k = ?';
  await client.execute(insert, [70, 'before'], PREPARE);
  await client.execute(select, [70], PREPARE);
  await askRestart();
  const deadline = Date.now() + 30000;
  for (;;) {
    try {
      assert.strictEqual((await client.execute(select, [70], PREPARE)).first().v, 'before');
      break;
    } catch (error) {
      // The driver reconnects on its own schedule; a request before that finds no host.
      if (error instanceof assert.AssertionError || Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
  await client.execute(insert, [71, 'after'], PREPARE);
  assert.strictEqual((await client.execute(select, [71], PREPARE)).first().v, 'after');
});

check('what was written is there after kill', everyTypeIsThere);

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function askRestart() {
  console.log('restart');
  const { value } = await lines.next();
  assert.strictEqual(value, 'restarted');
}

async function main() {
  for (const [name, work] of checks) {
    try {
      await work();
      console.log(`ok ${name}`);
    } catch (error) {
      const inner = error.innerErrors ? JSON.stringify(Object.values(error.innerErrors).map(String)) : '';
      console.log(`FAIL ${name}: ${`${error.name}: ${error.message} ${inner}`.replace(/\s+/g, ' ').slice(0, 600)}`);
      if (!client || name === checks[0][0]) break;
    }
  }
  await client.shutdown().catch(() => {});
  process.exit(0);
}

main();
