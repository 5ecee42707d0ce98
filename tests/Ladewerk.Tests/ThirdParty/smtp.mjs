// A mail server that is not ours: node smtp.mjs '{"port":0,"user":"u","password":"p","key":"file","cert":"file"}'
// Writes a line {"port":N} when it listens and then a line for each mail that it took. Domains say how it behaves:
// refused.example is turned away for ever, later.example the first time, others are taken.
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';
import PostalMime from 'postal-mime';

const options = JSON.parse(process.argv[2] ?? '{}');
const asked = new Set();
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const fault = (code, text) => Object.assign(new Error(text), { responseCode: code });

const server = new SMTPServer({
  disabledCommands: options.cert ? [] : ['STARTTLS'],
  ...(options.cert ? { key: readFileSync(options.key), cert: readFileSync(options.cert) } : {}),
  authOptional: !options.user,
  allowInsecureAuth: true,
  disableReverseLookup: true,
  onAuth: (auth, session, done) =>
    auth.username === options.user && auth.password === options.password ? done(null, { user: auth.username }) : done(fault(535, 'wrong user or password')),
  onRcptTo(address, session, done) {
    const domain = address.address.split('@')[1];
    if (domain === 'refused.example') return done(fault(550, `no such mailbox <${address.address}>`));
    if (domain === 'later.example' && !asked.has(address.address)) {
      asked.add(address.address);
      return done(fault(451, `come again <${address.address}>`));
    }
    done();
  },
  async onData(stream, session, done) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const mail = await PostalMime.parse(Buffer.concat(chunks));
    say({
      to: session.envelope.rcptTo[0].address,
      sender: session.envelope.mailFrom.address,
      from: mail.from,
      toName: mail.to?.[0]?.name ?? '',
      subject: mail.subject,
      text: mail.text ?? '',
      html: mail.html ?? '',
      messageId: mail.messageId ?? '',
      headers: Object.fromEntries(mail.headers.map((header) => [header.key.toLowerCase(), header.value])),
      attachments: mail.attachments.map((file) => ({ name: file.filename, type: file.mimeType, size: file.content.byteLength })),
      secure: session.secure === true,
      user: session.user ?? null,
    });
    done();
  },
});
server.on('error', (problem) => process.stderr.write(`${problem.message}\n`));
server.listen(options.port ?? 0, '127.0.0.1', () => say({ port: server.server.address().port }));
process.stdin.on('end', () => process.exit(0)).resume();
