// An identity provider for tests: npm's oidc-provider on a port of 127.0.0.1, and tokens of npm's jose that it never gave out.
// node provider.mjs; says { issuer } first, then answers one JSON request a line with one JSON answer a line.
// { do: "token", client, audience }           a token that the provider gives out for a client (alice: role admins; bob: role ops; carol: none)
// { do: "sign", header, claims, key, hours }  a token that is signed here: key is own (the provider's), other (nobody's), none, or hmac (the public key as a shared secret)
// { do: "redirect", uri }                     the client "console" may have its users sent back there; returns nothing of interest
// { do: "life", seconds }                     how long ID tokens hold from now on
// { do: "rotate" }                            the provider signs with a new key, and knows no other
// { do: "stop" }, { do: "start" }             it is away, and back at the same port
// { do: "count" }                             how often its keys were fetched
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createHmac, randomUUID } from "node:crypto";
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from "jose";
import { Provider } from "oidc-provider";

// What the library has to say is not an answer.
console.info = console.error;
const say = message => process.stdout.write(`${JSON.stringify(message)}\n`);

const roles = { alice: ["admins", "staff"], bob: ["ops"], carol: ["staff"] };
const other = await generateKeyPair("RS256");
let issuer, key, handle, port = 0, fetched = 0, redirects = [], life = 3600, provider;

// What people see there: who they are is asked, and believed.
async function interact(request, response) {
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html");
    response.end('<!DOCTYPE html><title>Provider</title><link rel="icon" href="data:,"><form method="post"><label>Who are you? <input name="login" autofocus></label><button>That is me</button></form>');
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  await provider.interactionFinished(request, response, { login: { accountId: new URLSearchParams(body).get("login") } });
}

const server = createServer((request, response) => {
  if (request.url === "/jwks") fetched++;
  if (request.url.startsWith("/interaction/")) interact(request, response);
  else handle(request, response);
});

async function rotate() {
  const pair = await generateKeyPair("RS256", { extractable: true });
  key = { pair, jwk: { ...(await exportJWK(pair.privateKey)), kid: randomUUID(), alg: "RS256", use: "sig" } };
  provide();
}

function provide() {
  provider = new Provider(issuer, {
    jwks: { keys: [key.jwk] },
    clients: [
      ...Object.keys(roles).map(client_id => ({ client_id, client_secret: `secret-of-${client_id}`, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] })),
      { client_id: "console", client_secret: "secret of the console: %&+", grant_types: ["authorization_code"], redirect_uris: redirects, response_types: ["code"] },
    ],
    pkce: { required: () => true },
    claims: { openid: ["sub"], roles: ["roles"] },
    conformIdTokenClaims: false,
    ttl: { IdToken: () => life },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, roles: roles[id] ?? [] }) }),
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async context => {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
      grant.addOIDCScope("openid roles");
      await grant.save();
      return grant;
    },
    cookies: { keys: ["of the tests"] },
    extraTokenClaims: (context, token) => ({ roles: roles[token.clientId], name: `${token.clientId} of the tests` }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (context, resource) => ({ scope: "", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 3600, jwt: { sign: { alg: "RS256" } } }),
      },
    },
  });
  handle = provider.callback();
}

const listen = () => new Promise(resolve => server.listen(port, "127.0.0.1", () => {
  port = server.address().port;
  resolve();
}));

async function token({ client, audience }) {
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${client}:secret-of-${client}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials", resource: audience }),
  });
  return (await answer.json()).access_token;
}

const encode = value => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

async function sign({ header, claims, key: which }) {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: issuer, sub: "alice", iat: now, exp: now + 3600, roles: ["admins"], ...claims };
  for (const name of Object.keys(all)) if (all[name] === null) delete all[name];
  const protectedHeader = { alg: "RS256", typ: "at+jwt", kid: key.jwk.kid, ...header };
  for (const name of Object.keys(protectedHeader)) if (protectedHeader[name] === null) delete protectedHeader[name];
  if (protectedHeader.jwk === "other") protectedHeader.jwk = await exportJWK(other.publicKey);
  const text = `${encode(protectedHeader)}.${encode(all)}`;
  if (which === "none") return `${text}.`;
  if (which === "hmac") return `${text}.${createHmac("sha256", await exportSPKI(await importJWK({ kty: key.jwk.kty, n: key.jwk.n, e: key.jwk.e, alg: "RS256" }))).update(text).digest("base64url")}`;
  return new SignJWT(all).setProtectedHeader(protectedHeader).sign(which === "other" ? other.privateKey : key.pair.privateKey, { crit: { "urn:example:must": true } });
}

const requests = {
  token,
  sign,
  redirect: ({ uri }) => { redirects = [uri]; provide(); return true; },
  life: ({ seconds }) => { life = seconds; return true; },
  rotate: async () => { await rotate(); return key.jwk.kid; },
  stop: () => new Promise(resolve => { server.close(() => resolve(true)); server.closeAllConnections(); }),
  start: async () => { await listen(); return true; },
  count: () => fetched,
};

handle = (request, response) => response.end();
await listen();
issuer = `http://127.0.0.1:${port}`;
await rotate();
say({ issuer });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  say({ answer: await requests[request.do](request) });
}
server.close();
server.closeAllConnections();
