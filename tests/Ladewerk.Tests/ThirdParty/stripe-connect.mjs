// Drives a pretended Stripe with Stripe's own library, as a platform that pays others: node stripe-connect.mjs PORT
import assert from 'node:assert/strict';
import http from 'node:http';
import Stripe from 'stripe';

const [port] = process.argv.slice(2);
const stripe = new Stripe('sk_test_judge', { host: '127.0.0.1', port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
const refused = async (work, code) => {
  const error = await work().then(() => assert.fail('should have been refused'), (e) => e);
  assert.equal(error.type, 'StripeInvalidRequestError');
  if (code) assert.equal(error.code, code);
};

// An account for somebody else: it can receive nothing until its owner has said everything.
const wish = { type: 'express', country: 'DE', email: 'host@example.org', capabilities: { transfers: { requested: true } }, business_profile: { name: 'Parkhaus Ring' }, metadata: { organisation: 'o-1' } };
const account = await stripe.accounts.create(wish, { idempotencyKey: 'account-1' });
assert.equal(account.object, 'account');
assert.equal(account.capabilities.transfers, 'inactive');
assert.ok(account.requirements.currently_due.length > 0);
assert.equal(account.metadata.organisation, 'o-1');
assert.equal((await stripe.accounts.create(wish, { idempotencyKey: 'account-1' })).id, account.id);
const pay = (amount, key) => stripe.transfers.create(
  { amount, currency: 'eur', destination: account.id, transfer_group: 'group-1', metadata: { payout: 'p-1' }, expand: ['balance_transaction'] }, { idempotencyKey: key });
await refused(() => pay(100, 'transfer-0'), 'insufficient_capabilities_for_transfer');
await refused(() => stripe.accounts.retrieve('acct_none'));

// The link opens the provider's page once and leads back.
const back = 'http://127.0.0.1/back';
const link = await stripe.accountLinks.create({ account: account.id, refresh_url: back, return_url: back, type: 'account_onboarding' });
assert.equal(link.object, 'account_link');
assert.ok(link.expires_at > Date.now() / 1000);
const say = () => fetch(link.url, { method: 'POST', body: new URLSearchParams({ all: 'yes' }), redirect: 'manual' });
const said = await say();
assert.equal(said.status, 302);
assert.equal(said.headers.get('location'), back);
assert.equal((await say()).status, 410);
const ready = await stripe.accounts.retrieve(account.id);
assert.equal(ready.capabilities.transfers, 'active');
assert.equal(ready.details_submitted, true);
assert.deepEqual(ready.requirements.currently_due, []);

// A transfer: never more than the balance; the same key is the same transfer, and it is found by its group.
await refused(() => pay(1_000_000_00, 'transfer-1'), 'balance_insufficient');
const transfer = await pay(1234, 'transfer-2');
assert.equal(transfer.object, 'transfer');
assert.equal(transfer.destination, account.id);
assert.equal(transfer.balance_transaction.amount, -1234);
assert.equal((await pay(1234, 'transfer-2')).id, transfer.id);
const found = await stripe.transfers.list({ transfer_group: 'group-1', limit: 10 });
assert.deepEqual(found.data.map((t) => [t.id, t.metadata.payout]), [[transfer.id, 'p-1']]);
assert.deepEqual((await stripe.transfers.list({ transfer_group: 'group-2' })).data, []);

// Reversals: a part, then the rest, and no more.
const part = await stripe.transfers.createReversal(transfer.id, { amount: 234, metadata: { return: 'r-1' } }, { idempotencyKey: 'return-1' });
assert.equal(part.object, 'transfer_reversal');
assert.equal((await stripe.transfers.createReversal(transfer.id, { amount: 234, metadata: { return: 'r-1' } }, { idempotencyKey: 'return-1' })).id, part.id);
await refused(() => stripe.transfers.createReversal(transfer.id, { amount: 1001 }));
assert.equal((await stripe.transfers.createReversal(transfer.id)).amount, 1000);
const reversals = await stripe.transfers.listReversals(transfer.id);
assert.deepEqual(reversals.data.map((r) => [r.amount, r.metadata.return]), [[1000, undefined], [234, 'r-1']]);
const over = await stripe.transfers.retrieve(transfer.id);
assert.equal(over.reversed, true);
assert.equal(over.amount_reversed, 1234);
const moves = (await stripe.balanceTransactions.list({ limit: 100 })).data;
assert.deepEqual(moves.filter((m) => m.type.startsWith('transfer')).map((m) => m.amount).sort((a, b) => a - b), [-1234, 234, 1000]);
http.globalAgent.destroy();
console.log('agreed');
