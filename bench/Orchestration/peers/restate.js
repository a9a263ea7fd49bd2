// A Restate service whose one handler runs three steps that do nothing: 100 calls one after the other, then 200 at once.
// restate.js FOLDER   for the server's files
"use strict";
const { spawn } = require("node:child_process");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const restate = require("@restatedev/restate-sdk");

const folder = process.argv[2];
const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

const post = (port, path, body) => new Promise((resolve, reject) => {
  const request = http.request({ port, host: "127.0.0.1", path, method: "POST", agent, headers: { "content-type": "application/json" } }, (response) => {
    response.resume();
    response.on("end", () => (response.statusCode < 300 ? resolve() : reject(new Error(`${path}: ${response.statusCode}`))));
  });
  request.on("error", reject);
  request.end(JSON.stringify(body));
});

async function until(attempt) {
  for (let i = 0; ; i++) {
    try {
      return await attempt();
    } catch (e) {
      if (i === 300) throw e;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function main() {
  const [service, ingress, admin, node] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const handlers = {
    run: async (ctx) => {
      for (const step of ["a", "b", "c"]) await ctx.run(step, () => 1);
    },
  };
  await restate.serve({ services: [restate.service({ name: "steps", handlers })], port: service });
  const environment = {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_DISABLE_TELEMETRY: "true",
    DO_NOT_TRACK: "1",
  };
  const server = spawn(path.join(__dirname, "node_modules/.bin/restate-server"), ["--base-dir", folder], { stdio: "ignore", env: environment });
  try {
    await until(() => post(admin, "/deployments", { uri: `http://127.0.0.1:${service}`, force: true }));
    const call = () => post(ingress, "/steps/run", {});
    await until(call);
    for (let i = 0; i < 50; i++) await call();
    const times = [];
    for (let i = 0; i < 100; i++) {
      const began = process.hrtime.bigint();
      await call();
      times.push(Number(process.hrtime.bigint() - began) / 1e6);
    }
    times.sort((a, b) => a - b);
    const began = process.hrtime.bigint();
    await Promise.all(Array.from({ length: 200 }, call));
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    console.log(`alone p50 ${times[50].toFixed(1)} ms, p95 ${times[95].toFixed(1)} ms; 200 at once ${(200 / seconds).toFixed(0)} runs/s`);
  } finally {
    server.kill();
    process.exit();
  }
}

main();
