'use strict';

// s3rver, and what S3 does where s3rver does not: signatures (version 4) are looked at, a file is replaced at one moment and read as it was when it was opened, lists are in the order of keys, an upload can be aborted.
// `node server.js FOLDER PORT BUCKET`
const fs = require('fs');
const path = require('path');
const crypto = require('crypto');
const { PassThrough } = require('stream');
const { pipeline } = require('stream/promises');
const S3rver = require('s3rver');
const S3Object = require('s3rver/lib/models/object');
const { walk } = require('s3rver/lib/utils');
const { verify } = require('./signature');

const [directory, port, bucket] = process.argv.slice(2);
const server = new S3rver({ address: '127.0.0.1', port: Number(port), directory, silent: true, vhostBuckets: false, configureBuckets: [{ name: bucket }] });
const store = server.store;
const uploads = path.join(directory, '.uploads');
fs.mkdirSync(uploads, { recursive: true });

// Nothing else happens while one of these works: none of them waits.
const readMetadata = (bucketName, key) => {
  const file = store.getResourcePath(bucketName, key, 'object');
  const stat = fs.statSync(file);
  return {
    ...JSON.parse(fs.readFileSync(store.getResourcePath(bucketName, key, 'metadata.json'))),
    etag: JSON.stringify(fs.readFileSync(`${file}.md5`, 'utf8')),
    'last-modified': stat.mtime.toUTCString(),
    'content-length': stat.size,
  };
};

const orNothing = work => {
  try {
    return work();
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
};

store.getMetadata = async (bucketName, key) => readMetadata(bucketName, key);

store.putObject = async object => {
  const target = store.getResourcePath(object.bucket, object.key, 'object');
  const [fresh, md5, counted] = [path.join(uploads, crypto.randomUUID()), crypto.createHash('md5'), new PassThrough()];
  let size = 0;
  counted.on('data', chunk => { md5.update(chunk); size += chunk.length; });
  try {
    await pipeline(Buffer.isBuffer(object.content) ? [object.content] : object.content, counted, fs.createWriteStream(fresh));
    const sum = md5.digest('hex');
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(store.getResourcePath(object.bucket, object.key, 'metadata.json'), JSON.stringify({ 'content-type': object.metadata['content-type'] }));
    fs.writeFileSync(`${target}.md5`, sum);
    fs.renameSync(fresh, target);
    return { size, md5: sum };
  } catch (error) {
    fs.rmSync(fresh, { force: true });
    throw error;
  }
};

store.getObject = async (bucketName, key, { start, end } = {}) => orNothing(() => {
  const file = fs.openSync(store.getResourcePath(bucketName, key, 'object'));
  const metadata = readMetadata(bucketName, key);
  const size = metadata['content-length'];
  const isRange = start !== undefined;
  const [from, to] = [start || 0, Math.min(end === undefined ? Infinity : end, size - 1)];
  const isEmpty = from > to;
  if (isEmpty) fs.closeSync(file);
  const content = isEmpty ? (isRange ? null : PassThrough.from([])) : fs.createReadStream(null, { fd: file, start: from, end: to });
  const object = new S3Object(bucketName, key, content, metadata);
  if (isRange) object.range = { start: from, end: to };
  return object;
});

store.listObjects = async (bucketName, { startAfter = '', prefix = '', maxKeys = Infinity }) => {
  const [root, suffix] = [store.getBucketPath(bucketName), '._S3rver_object'];
  const all = [...walk(root)]
    .filter(file => file.endsWith(suffix))
    .map(file => file.slice(root.length + 1, -suffix.length))
    .filter(key => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter(key => Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0);
  const keys = all.slice(0, maxKeys);
  return { objects: keys.map(key => new S3Object(bucketName, key, null, readMetadata(bucketName, key))), commonPrefixes: [], isTruncated: all.length > keys.length };
};

// In front of the routes, which know nothing of this.
server.middleware.unshift(async (ctx, next) => {
  if (!verify(ctx.req)) {
    ctx.status = 403;
    ctx.type = 'application/xml';
    ctx.body = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>The signature is not what it should be.</Message></Error>';
  } else if (ctx.method === 'DELETE' && ctx.query.uploadId) {
    fs.rmSync(path.join(store.getResourcePath(bucket, undefined, 'uploads'), path.basename(ctx.query.uploadId)), { recursive: true, force: true });
    ctx.status = 204;
  } else {
    await next();
  }
});

server.run().then(() => console.log('ready'));
