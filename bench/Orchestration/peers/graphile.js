// Puts COUNT jobs that do nothing into graphile-worker's queue, and times how long one worker with SLOTS at once takes for them.
// graphile.js CONNECTION COUNT SLOTS
"use strict";
const { run, makeWorkerUtils, Logger } = require("graphile-worker");

const [connectionString, count, slots] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const logger = new Logger(() => () => {});

async function main() {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  await utils.withPgClient((client) =>
    client.query("SELECT graphile_worker.add_job('noop', json_build_object('i', i)) FROM generate_series(1, $1) i", [count]));
  let done = 0;
  let began;
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  const noop = async () => {
    began ??= process.hrtime.bigint();
    if (++done === count) finish();
  };
  const runner = await run({ connectionString, concurrency: slots, maxPoolSize: slots + 2, logger, taskList: { noop } });
  await finished;
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(`${count} runs in ${seconds.toFixed(2)} s: ${(count / seconds).toFixed(0)} runs/s`);
  await runner.stop();
  await utils.release();
}

main();
