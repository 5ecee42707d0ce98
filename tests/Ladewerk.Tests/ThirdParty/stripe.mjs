// Drives a pretended Stripe with Stripe's own library: node stripe.mjs PORT WEBHOOK_SECRET
import assert from 'node:assert/strict';
import http from 'node:http';
import Stripe from 'stripe';

const [port, secret] = process.argv.slice(2);
const stripe = new Stripe('sk_test_judge', { host: '127.0.0.1', port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
const refused = async (work, type, code) => {
  const error = await work().then(() => assert.fail('should have been refused'), (e) => e);
  assert.equal(error.type, type);
  if (code) assert.equal(error.code, code);
  return error;
};

// The flow of a guest at a charge point: 60.00 held on a page, 12.34 taken, the rest released.
const session = await stripe.checkout.sessions.create({
  mode: 'payment', payment_method_types: ['card'],
  line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 6000, product_data: { name: 'Charging' } } }],
  payment_intent_data: { capture_method: 'manual', metadata: { payment: 'p-1' } },
  success_url: 'http://127.0.0.1/back', cancel_url: 'http://127.0.0.1/back',
});
assert.equal(session.status, 'open');
const give = (card) => fetch(session.url, { method: 'POST', body: new URLSearchParams({ card, email: 'guest@example.org' }), redirect: 'manual' });
assert.equal((await give('4000000000000002')).status, 200);
assert.equal((await give('4242424242424242')).status, 302);
const complete = await stripe.checkout.sessions.retrieve(session.id);
assert.equal(complete.status, 'complete');
assert.equal(complete.customer_details.email, 'guest@example.org');
const held = await stripe.paymentIntents.retrieve(complete.payment_intent);
assert.equal(held.status, 'requires_capture');
assert.equal(held.amount_capturable, 6000);
const taken = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1234, expand: ['latest_charge.balance_transaction'] }, { idempotencyKey: 'capture-1' });
assert.equal(taken.status, 'succeeded');
assert.equal(taken.amount_received, 1234);
assert.equal(taken.latest_charge.balance_transaction.amount, 1234);

// The same key: the same answer, and the money once. The same key for something else: a mistake.
const again = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1234, expand: ['latest_charge.balance_transaction'] }, { idempotencyKey: 'capture-1' });
assert.equal(again.amount_received, 1234);
await refused(() => stripe.paymentIntents.capture(held.id, { amount_to_capture: 1000 }, { idempotencyKey: 'capture-1' }), 'StripeIdempotencyError');
await refused(() => stripe.paymentIntents.capture(held.id, { amount_to_capture: 1234 }), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');
await refused(() => stripe.paymentIntents.cancel(held.id), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');

// Refunds, and no more than was taken.
assert.equal((await stripe.refunds.create({ payment_intent: held.id, amount: 234 })).status, 'succeeded');
await refused(() => stripe.refunds.create({ payment_intent: held.id, amount: 1001 }), 'StripeInvalidRequestError');
const moves = [];
for await (const move of stripe.balanceTransactions.list({ limit: 1 })) moves.push(move.amount);
assert.deepEqual(moves, [-234, 1234]);

// Cards that are declined or ask the bank first.
const declined = await refused(
  () => stripe.paymentIntents.create({ amount: 1000, currency: 'eur', confirm: true, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }), 'StripeCardError', 'card_declined');
assert.equal(declined.decline_code, 'insufficient_funds');
assert.equal((await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', confirm: true, payment_method: 'pm_card_authenticationRequired' })).status, 'requires_action');

// A page that has expired, and a key that is none.
const left = await stripe.checkout.sessions.create({ mode: 'payment', line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 5000, product_data: { name: 'x' } } }], success_url: 'http://127.0.0.1/back' });
assert.equal((await stripe.checkout.sessions.expire(left.id)).status, 'expired');
await refused(() => stripe.checkout.sessions.expire(left.id), 'StripeInvalidRequestError');
await refused(() => new Stripe('nothing', { host: '127.0.0.1', port: Number(port), protocol: 'http', maxNetworkRetries: 0 }).paymentIntents.retrieve(held.id), 'StripeAuthenticationError');

// The signature over what is sent to webhooks, and one over something else.
const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'payment_intent.succeeded', data: { object: {} } });
const header = stripe.webhooks.generateTestHeaderString({ payload, secret });
assert.equal(stripe.webhooks.constructEvent(payload, header, secret).id, 'evt_1');
assert.throws(() => stripe.webhooks.constructEvent(payload + ' ', header, secret));
assert.equal(stripe.webhooks.constructEvent('{"id":"evt_2"}', process.argv[4], secret).id, 'evt_2');
http.globalAgent.destroy();
console.log('agreed');
