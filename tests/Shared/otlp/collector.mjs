// A collector of the tests' own: takes OTLP by gRPC and by HTTP, read by OpenTelemetry's own messages, and says what it has been sent.
import http from 'node:http';
import { createRequire } from 'node:module';
import readline from 'node:readline';
import grpc from '@grpc/grpc-js';

const messages = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root.js').opentelemetry.proto.collector;
const taken = { spans: [], logs: [], headers: [] };

const value = (any) => any?.stringValue ?? any?.boolValue ?? (any?.intValue !== undefined && any?.intValue !== null ? Number(any.intValue) : undefined) ?? any?.doubleValue ?? null;
const attributes = (list) => Object.fromEntries((list ?? []).map((each) => [each.key, value(each.value)]));
const hex = (bytes) => Buffer.from(bytes ?? []).toString('hex');

function takeTraces(body) {
  for (const resource of messages.trace.v1.ExportTraceServiceRequest.decode(body).resourceSpans) {
    const from = attributes(resource.resource.attributes);
    for (const scope of resource.scopeSpans) {
      for (const span of scope.spans) {
        taken.spans.push({ service: from['service.name'], instance: from['service.instance.id'], source: scope.scope.name, name: span.name, trace: hex(span.traceId), span: hex(span.spanId), parent: hex(span.parentSpanId), failed: span.status?.code === 2, attributes: attributes(span.attributes) });
      }
    }
  }
}

function takeLogs(body) {
  for (const resource of messages.logs.v1.ExportLogsServiceRequest.decode(body).resourceLogs) {
    for (const scope of resource.scopeLogs) {
      for (const entry of scope.logRecords) taken.logs.push({ category: scope.scope.name, severity: entry.severityText, body: value(entry.body), trace: hex(entry.traceId), attributes: attributes(entry.attributes) });
    }
  }
}

const web = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    taken.headers.push(request.headers.authorization ?? null);
    if (request.url === '/v1/traces') takeTraces(Buffer.concat(parts));
    else if (request.url === '/v1/logs') takeLogs(Buffer.concat(parts));
    else response.statusCode = 404;
    response.setHeader('Content-Type', 'application/x-protobuf');
    response.end();
  });
});

const raw = { requestStream: false, responseStream: false, requestSerialize: (bytes) => bytes, requestDeserialize: (bytes) => bytes, responseSerialize: (bytes) => bytes, responseDeserialize: (bytes) => bytes };
const answer = (take) => (call, done) => {
  taken.headers.push(call.metadata.get('authorization')[0] ?? null);
  take(call.request);
  done(null, Buffer.alloc(0));
};
const calls = new grpc.Server();
calls.addService({ Export: { ...raw, path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export' } }, { Export: answer(takeTraces) });
calls.addService({ Export: { ...raw, path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export' } }, { Export: answer(takeLogs) });

web.listen(0, '127.0.0.1', () => calls.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, port) => console.log(JSON.stringify({ http: `http://127.0.0.1:${web.address().port}`, grpc: `http://127.0.0.1:${port}` }))));
readline.createInterface({ input: process.stdin }).on('line', () => console.log(JSON.stringify(taken))).on('close', () => process.exit(0));
