// A stand-in for MongoDB: it speaks its wire protocol (OP_MSG, and OP_QUERY for the first hello) on loopback, keeps documents in memory, and asks npm's mingo what a filter, an update or a pipeline means.
// node server.mjs [--port N] [--user NAME --password WORD] [--tls-key FILE --tls-certificate FILE [--tls-ca FILE]]
// It prints its port when it listens. With --tls-ca clients must show a certificate. `configureFailPoint` with `failCommand` makes it fail, as MongoDB's own does for tests of drivers; `garbage`, `afterwards` (do it, then close), `rawReply` and `damage` (a text that is no UTF-8 any more) are ours.
import net from 'node:net';
import tls from 'node:tls';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serialize, deserialize } from 'bson';
import { Database, Refusal } from './database.mjs';
import { Scram } from './scram.mjs';

const OP_REPLY = 1, OP_QUERY = 2004, OP_MSG = 2013;
const { values: options } = parseArgs({
  options: Object.fromEntries(['port', 'user', 'password', 'tls-key', 'tls-certificate', 'tls-ca'].map((name) => [name, { type: 'string' }])),
});
const database = new Database();
const connections = new Set();
let failPoint = null;
let connectionCount = 0;
let waiting = 0;

const withoutUser = new Set(['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', 'ping', 'endSessions']);

function hello() {
  return {
    isWritablePrimary: true, ismaster: true, helloOk: true, maxBsonObjectSize: 16777216, maxMessageSizeBytes: 48000000, maxWriteBatchSize: 100000, localTime: new Date(),
    logicalSessionTimeoutMinutes: 30, connectionId: ++connectionCount, minWireVersion: 0, maxWireVersion: 17, readOnly: false, ok: 1,
    ...(options.user ? { saslSupportedMechs: ['SCRAM-SHA-256'] } : {}),
  };
}

/** What the fail point says of a command; null for nothing. */
function failureOf(name) {
  if (!failPoint || !failPoint.data.failCommands.includes(name)) return null;
  const { data } = failPoint;
  if (failPoint.mode !== 'alwaysOn' && --failPoint.mode.times <= 0) failPoint = null;
  return data;
}

async function answer(connection, command) {
  const name = Object.keys(command)[0];
  if (name === 'configureFailPoint') {
    failPoint = command.mode === 'off' ? null : { mode: command.mode, data: command.data };
    return { ok: 1 };
  }

  const failure = failureOf(name);
  if (failure?.blockConnection) {
    waiting++;
    await new Promise((resolve) => setTimeout(resolve, failure.blockTimeMS));
    waiting--;
  }
  if (failure?.garbage) return void connection.socket.end(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(4)));
  if (failure?.closeConnection && !failure.afterwards) return void connection.socket.destroy();
  let reply;
  if (failure?.errorCode) reply = { ok: 0, code: failure.errorCode, codeName: `Error${failure.errorCode}`, errmsg: failure.errmsg ?? 'Failing command via \'failCommand\' failpoint', errorLabels: failure.errorLabels ?? [] };
  else reply = run(connection, name, command);
  if (failure?.writeConcernError) reply.writeConcernError = failure.writeConcernError;
  if (failure?.rawReply) reply = failure.rawReply;
  connection.damage = failure?.damage;

  // Done, but nobody is told.
  if (failure?.closeConnection) return void connection.socket.destroy();
  return reply;
}

function run(connection, name, command) {
  if (name === 'hello' || name.toLowerCase() === 'ismaster') return hello();
  try {
    if (name === 'saslStart') return (connection.scram = new Scram(options.user, options.password)).start(command);
    if (name === 'saslContinue') return connection.scram.goOn(command, () => (connection.isKnown = true));
    if (name === 'authenticate' && command.mechanism === 'MONGODB-X509' && connection.socket.authorized) return (connection.isKnown = true, { ok: 1 });
    if (name === 'serverStatus') return { connections: { current: connections.size }, globalLock: { currentQueue: { total: waiting } }, metrics: { cursor: { open: { total: database.openCursors } } }, ok: 1 };
    if (options.user && !connection.isKnown && !withoutUser.has(name)) throw new Refusal(13, `command ${name} requires authentication`);
    const level = command.readConcern?.level ?? 'local';
    if (level !== 'local' && !['find', 'aggregate', 'count'].includes(name)) throw new Refusal(72, `Command ${name} does not support read concern ${level}`);
    return database.run(name, command);
  } catch (e) {
    return { ok: 0, code: e.code ?? 2, codeName: 'BadValue', errmsg: String(e.message), ...e.more };
  }
}

// Documents keep the types that they have (Int32, Long, Double), so that what comes back is what was sent.
const read = (bytes) => deserialize(bytes, { promoteValues: false, promoteLongs: false, bsonRegExp: true });

function parseMessage(message) {
  let offset = 20;
  let command = null;
  const sequences = {};
  while (offset < message.length) {
    const kind = message[offset++];
    const size = message.readInt32LE(offset);
    if (kind === 0) {
      command = read(message.subarray(offset, offset + size));
    } else {
      const nameEnd = message.indexOf(0, offset + 4);
      const documents = (sequences[message.toString('utf8', offset + 4, nameEnd)] = []);
      for (let at = nameEnd + 1; at < offset + size; at += message.readInt32LE(at)) documents.push(read(message.subarray(at, at + message.readInt32LE(at))));
    }
    offset += size;
  }
  return Object.assign(command, sequences);
}

function header(length, to, code) {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(16 + length, 0);
  bytes.writeInt32LE(to, 8);
  bytes.writeInt32LE(code, 12);
  return bytes;
}

async function handle(connection, message) {
  const [id, code] = [message.readInt32LE(4), message.readInt32LE(12)];
  if (code === OP_QUERY) {
    const start = message.indexOf(0, 20) + 9;
    const body = serialize(await answer(connection, read(message.subarray(start, start + message.readInt32LE(start)))));
    const fields = Buffer.alloc(20);
    fields.writeInt32LE(1, 16);
    connection.socket.write(Buffer.concat([header(20 + body.length, id, OP_REPLY), fields, body]));
  } else if (code === OP_MSG) {
    const isSilent = (message.readInt32LE(16) & 2) !== 0;
    const reply = await answer(connection, parseMessage(message));
    if (!reply || isSilent) return;
    const body = Buffer.from(serialize(reply));
    if (connection.damage) body[body.indexOf(connection.damage)] = 0xff;
    connection.socket.write(Buffer.concat([header(5 + body.length, id, OP_MSG), Buffer.alloc(5), body]));
  } else {
    connection.socket.destroy();
  }
}

function serve(socket) {
  const connection = { socket, scram: null, isKnown: false, damage: null };
  connections.add(connection);
  let parts = [];
  let size = 0;
  let working = Promise.resolve();
  socket.on('close', () => connections.delete(connection)).on('error', () => socket.destroy()).on('data', (chunk) => {
    parts.push(chunk);
    size += chunk.length;
    while (size >= 16) {
      if (parts[0].length < 4) parts = [Buffer.concat(parts)];
      const length = parts[0].readInt32LE(0);
      if (size < length) return;
      const all = Buffer.concat(parts);
      const message = all.subarray(0, length);
      size -= length;
      parts = size > 0 ? [all.subarray(length)] : [];
      working = working.then(() => handle(connection, message)).catch((e) => { console.error(e); socket.destroy(); });
    }
  });
}

const file = (name) => (options[name] ? readFileSync(options[name]) : undefined);
const server = options['tls-key']
  ? tls.createServer({ key: file('tls-key'), cert: file('tls-certificate'), ca: file('tls-ca'), requestCert: Boolean(options['tls-ca']) }, serve)
  : net.createServer({ noDelay: true }, serve);
server.on('tlsClientError', () => {});
server.listen(Number(options.port ?? 0), '127.0.0.1', () => console.log(server.address().port));
