// A client of gRPC, for tests: node client.mjs ADDRESS PROTOS [AUTHORITY.pem] < one JSON request a line; one JSON answer a line.
// Request: { service, method, message, token, deadlineMs, cancelAfter, many, headers }. cancelAfter: messages of a stream after which it is cancelled.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const [address, protos, authority] = process.argv.slice(2);
const credentials = authority ? grpc.credentials.createSsl(readFileSync(authority)) : grpc.credentials.createInsecure();
const files = ["flexcore/v1/pipeline_service", "flexcore/v1/run_service", "flexcore/v1/plugin_service", "flexcore/v1/event_service",
  "grpc/health/v1/health", "grpc/reflection/v1/reflection", "google/rpc/status", "google/rpc/error_details"];
const loaded = grpc.loadPackageDefinition(loader.loadSync(files.map(file => join(protos, `${file}.proto`)),
  { keepCase: true, longs: Number, enums: String, defaults: false, oneofs: true, includeDirs: [protos] }));
const at = name => name.split(".").reduce((found, part) => found[part], loaded);
const clients = new Map();

function clientOf(service) {
  if (!clients.has(service)) clients.set(service, new (at(service))(address, credentials));
  return clients.get(service);
}

// grpc-status-details-bin, read by hand: google.rpc.Status and its ErrorInfos.
function detailsOf(metadata) {
  const [bytes] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!bytes) return [];
  return fields(bytes).filter(([number]) => number === 3).map(([, any]) => {
    const [[, url], [, value]] = fields(any);
    const info = { type: url.toString(), metadata: {} };
    for (const [number, content] of fields(value)) {
      if (number === 1) info.reason = content.toString();
      if (number === 2) info.domain = content.toString();
      if (number === 3) {
        const [[, key], [, text]] = fields(content);
        info.metadata[key.toString()] = text.toString();
      }
    }
    return info;
  });
}

function fields(bytes) {
  const found = [];
  let place = 0;
  const varint = () => {
    let value = 0, shift = 0, octet;
    do { octet = bytes[place++]; value |= (octet & 127) << shift; shift += 7; } while (octet & 128);
    return value;
  };
  while (place < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 0) found.push([tag >> 3, varint()]);
    else {
      const length = varint();
      found.push([tag >> 3, bytes.subarray(place, place + length)]);
      place += length;
    }
  }
  return found;
}

function ask({ service, method, message, token, deadlineMs, cancelAfter, many, headers }) {
  return new Promise(resolve => {
    const metadata = new grpc.Metadata();
    if (token) metadata.set("authorization", `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    const client = clientOf(service);
    const failed = error => ({ code: grpc.status[error.code], message: error.details, details: detailsOf(error.metadata) });
    const { requestStream, responseStream } = at(service).service[method];
    if (!responseStream) {
      let correlation, replayed;
      client[method](message ?? {}, metadata, options, (error, answer) => resolve({ ...(error ? failed(error) : { code: "OK", answer }), correlation, replayed }))
        .on("metadata", received => { [[correlation], [replayed]] = [received.get("x-correlation-id"), received.get("idempotency-replayed")]; });
      return;
    }

    const call = requestStream ? client[method](metadata, options) : client[method](message ?? {}, metadata, options);
    const answers = [];
    call.on("data", answer => {
      answers.push(answer);
      if (answers.length === 1) console.error("heard");
      if (answers.length === cancelAfter) call.cancel();
    });
    call.on("error", error => resolve({ ...failed(error), answers }));
    call.on("end", () => resolve({ code: "OK", answers }));
    if (requestStream) {
      for (const each of many) call.write(each);
      call.end();
    }
  });
}

const pending = [];
for await (const line of createInterface({ input: process.stdin })) {
  pending.push(ask(JSON.parse(line)).then(answer => console.log(JSON.stringify(answer))));
  await pending.at(-1);
}
for (const client of clients.values()) client.close();
