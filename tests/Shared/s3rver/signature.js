'use strict';

// Signatures of version 4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html), in a header or in the query, with the one secret that s3rver has.
const crypto = require('crypto');

const secret = 'S3RVER';

const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const encode = text => encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

exports.verify = request => {
  const [rawPath, rawQuery = ''] = request.url.split(/\?(.*)/s);
  const pairs = rawQuery.split('&').filter(Boolean).map(pair => pair.split(/=(.*)/s).slice(0, 2)).map(([name, value = '']) => [decodeURIComponent(name), decodeURIComponent(value)]);
  const query = Object.fromEntries(pairs);
  const header = Object.fromEntries([...(request.headers.authorization || '').matchAll(/(Credential|SignedHeaders|Signature)=([^,\s]+)/g)].map(match => [match[1], match[2]]));
  const [credential, signed, signature, time] = query['X-Amz-Signature']
    ? [query['X-Amz-Credential'], query['X-Amz-SignedHeaders'], query['X-Amz-Signature'], query['X-Amz-Date']]
    : [header.Credential, header.SignedHeaders, header.Signature, request.headers['x-amz-date']];
  if (!credential || !signature) return false;
  if (query['X-Amz-Expires'] && Date.now() > Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')) + 1000 * query['X-Amz-Expires']) return false;

  const [, date, region, service, end] = credential.split('/');
  const canonical = [
    request.method,
    rawPath.split('/').map(segment => encode(decodeURIComponent(segment))).join('/'),
    pairs.filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&'),
    ...signed.split(';').map(name => `${name}:${(request.headers[name] || '').trim()}`),
    '',
    signed,
    query['X-Amz-Signature'] ? 'UNSIGNED-PAYLOAD' : request.headers['x-amz-content-sha256'],
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, `${date}/${region}/${service}/${end}`, crypto.createHash('sha256').update(canonical).digest('hex')].join('\n');
  return hmac([date, region, service, end].reduce(hmac, `AWS4${secret}`), text).toString('hex') === signature;
};
