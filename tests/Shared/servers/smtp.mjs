// A mail server of the tests: smtp.mjs KEY CERTIFICATE MODE. Says its port, then each mail it takes as a line of JSON; with MODE
//   open     no TLS, no AUTH       auth     STARTTLS and AUTH (ops, sesame-4711)
//   busy     as open, but its first answer to each mail is 451       refuse   as open, but no recipient is known
import { readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const [key, certificate, mode] = process.argv.slice(2);
const secured = mode === "auth";
const refused = (message, responseCode) => Object.assign(new Error(message), { responseCode });
let attempts = 0;

const server = new SMTPServer({
  ...(secured ? { key: readFileSync(key), cert: readFileSync(certificate) } : {}),
  disabledCommands: secured ? [] : ["STARTTLS", "AUTH"],
  authOptional: !secured,
  logger: false,
  onAuth: (auth, session, done) =>
    auth.username === "ops" && auth.password === "sesame-4711" ? done(null, { user: auth.username }) : done(refused(`wrong password ${auth.password}`, 535)),
  onRcptTo: (address, session, done) => done(mode === "refuse" ? refused("nobody of that name", 550) : null),
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      attempts++;
      if (mode === "busy" && attempts === 1) return done(refused("come back later", 451));
      const source = Buffer.concat(parts).toString("latin1");
      const body = source.slice(source.indexOf("\r\n\r\n") + 4).replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
      console.log(JSON.stringify({ secure: session.secure, user: session.user ?? null, from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map((to) => to.address), attempts, source, text: Buffer.from(body, "latin1").toString("utf8") }));
      done();
    });
  },
});
server.on("error", () => {}); // a client that hangs up, as one does that does not trust us
server.listen(0, "127.0.0.1", () => console.log(server.server.address().port));
process.stdin.on("end", () => process.exit()).resume(); // whoever has started us is gone
