// SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Binary } from 'bson';
import { Refusal } from './database.mjs';

const iterations = 4096;
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const hash = (bytes) => createHash('sha256').update(bytes).digest();
const fields = (text) => Object.fromEntries(text.split(',').map((part) => [part[0], part.slice(2)]));

export class Scram {
  constructor(user, password) {
    this.user = user;
    this.salt = randomBytes(28);
    this.salted = pbkdf2Sync(password ?? '', this.salt, iterations, 32, 'sha256');
  }

  start({ mechanism, payload }) {
    if (mechanism !== 'SCRAM-SHA-256') throw new Refusal(18, 'Authentication failed.');
    this.first = payload.toString('utf8').slice('n,,'.length);
    const { n: name, r: nonce } = fields(this.first);
    this.isUser = name === this.user;
    this.nonce = nonce + randomBytes(18).toString('base64');
    this.challenge = `r=${this.nonce},s=${this.salt.toString('base64')},i=${iterations}`;
    return this.say(this.challenge, false);
  }

  goOn({ payload }, known) {
    if (this.isDone) return this.say('', true);
    const text = payload.toString('utf8');
    const { r: nonce, p: proof } = fields(text);
    const all = `${this.first},${this.challenge},${text.slice(0, text.lastIndexOf(',p='))}`;
    const clientKey = hmac(this.salted, 'Client Key');
    const signature = hmac(hash(clientKey), all);
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]));
    if (!this.isUser || nonce !== this.nonce || !expected.equals(Buffer.from(proof, 'base64'))) throw new Refusal(18, 'Authentication failed.');
    this.isDone = true;
    known();
    return this.say(`v=${hmac(hmac(this.salted, 'Server Key'), all).toString('base64')}`, false);
  }

  say(text, done) {
    return { conversationId: 1, done, payload: new Binary(Buffer.from(text)), ok: 1 };
  }
}
