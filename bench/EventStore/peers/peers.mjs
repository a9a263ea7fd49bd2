// One turn of a peer: peers.mjs PEER WORKLOAD WRITERS EVENTS CONNECTION-STRING; prints {"rate", "latencies"}.
// PEER is emmett or message-db, WORKLOAD append (to a new stream each time, EVENTS at once) or read (streams of EVENTS events).
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';

const [peer, workload, writersText, eventsText, connectionString] = process.argv.slice(2);
const [writers, events] = [Number(writersText), Number(eventsText)];
const pad = (text, length) => JSON.stringify({ ...text, text: 'x'.repeat(length - JSON.stringify({ ...text, text: '' }).length) });
const data = pad({ attempt: 'load', number: 17 }, 213);
const metadata = pad({ actor: 'load', number: 17 }, 109);

const peers = {
  async emmett() {
    const store = getPostgreSQLEventStore(connectionString);
    const event = () => ({ type: 'StepSucceeded', data: JSON.parse(data), metadata: JSON.parse(metadata) });
    const append = (stream) => store.appendToStream(stream, Array.from({ length: events }, event));
    return { append: () => append(`run-${randomUUID()}`), fill: append, read: (stream) => store.readStream(stream), close: () => store.close() };
  },
  async 'message-db'() {
    const pool = new pg.Pool({ connectionString, max: writers, options: '-c search_path=message_store,public' });
    const write = 'SELECT write_message($1, $2, $3, $4, $5)';
    const append = async (stream) => {
      const client = await pool.connect();
      try {
        if (events > 1) await client.query('BEGIN');
        for (let i = 0; i < events; i++) await client.query({ name: 'write', text: write, values: [randomUUID(), stream, 'StepSucceeded', data, metadata] });
        if (events > 1) await client.query('COMMIT');
      } finally {
        client.release();
      }
    };
    const read = (stream) => pool.query({ name: 'read', text: 'SELECT * FROM get_stream_messages($1, 0, 1000000)', values: [stream] });
    // A category of its own for each writer: within one it takes turns.
    return { append: (writer) => append(`run${writer}-${randomUUID()}`), fill: append, read, close: () => pool.end() };
  },
};

const { append, fill, read, close } = await peers[peer]();
const streams = [];
if (workload === 'read') {
  for (let i = 0; i < 20; i++) {
    streams.push(`run-${randomUUID()}`);
    await fill(streams[i]);
  }
}

const [warmUp, end] = [performance.now() + 1000, performance.now() + 4000];
const latencies = [];
let next = 0;
await Promise.all(Array.from({ length: writers }, async (_, writer) => {
  while (performance.now() < end) {
    const started = performance.now();
    await (workload === 'read' ? read(streams[next++ % streams.length]) : append(writer));
    if (started > warmUp) latencies.push(performance.now() - started);
  }
}));
await close();
latencies.sort((a, b) => a - b);
console.log(JSON.stringify({ rate: (latencies.length * events) / 3, latencies: latencies.filter((_, i) => i % Math.ceil(latencies.length / 1000) === 0) }));
process.exit(0);
