// A provider of OpenID Connect that is not ours (npm oidc-provider). Settings as JSON in the first argument; prints its port when it listens.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { port, redirect, algorithm, people } = JSON.parse(process.argv[2]);
const stamp = Date.now().toString(36);
const key = (type, options, alg) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid: `${alg}-${stamp}`, alg, use: "sig" });
const server = createServer();
await new Promise((ready) => server.listen(port ?? 0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: "ladewerk", client_secret: "a secret with spaces & signs: %", redirect_uris: [redirect], grant_types: ["authorization_code"], response_types: ["code"], id_token_signed_response_alg: algorithm,
  }],
  jwks: { keys: [key("rsa", { modulusLength: 2048 }, "RS256"), key("rsa", { modulusLength: 2048 }, "PS256"), key("ec", { namedCurve: "P-256" }, "ES256")] },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  cookies: { keys: ["for the test alone"] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});
server.on("request", provider.callback());
console.log(JSON.stringify({ port: server.address().port }));
