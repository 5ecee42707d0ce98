// Drives a pretended Stripe with Stripe's own library, as payers with an account do: node stripe-contract.mjs PORT
import assert from 'node:assert/strict';
import http from 'node:http';
import Stripe from 'stripe';

const [port] = process.argv.slice(2);
const stripe = new Stripe('sk_test_judge', { host: '127.0.0.1', port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
const refused = async (work, type, code) => {
  const error = await work().then(() => assert.fail('should have been refused'), (e) => e);
  assert.equal(error.type, type);
  if (code) assert.equal(error.code, code);
  return error;
};
const back = { success_url: 'http://127.0.0.1/back', cancel_url: 'http://127.0.0.1/back' };
const send = (url, words) => fetch(url, { method: 'POST', body: new URLSearchParams(words), redirect: 'manual' });
const give = async (customer, number, bank) => {
  const page = await stripe.checkout.sessions.create({ mode: 'setup', customer: customer.id, payment_method_types: ['card', 'sepa_debit'], setup_intent_data: { metadata: { setup: 's-1' } }, metadata: { setup: 's-1' }, ...back });
  assert.equal(page.status, 'open');
  assert.equal((await send(page.url, { card: number, bank: bank ?? '' })).status, 302);
  const done = await stripe.checkout.sessions.retrieve(page.id, { expand: ['setup_intent.payment_method', 'setup_intent.mandate'] });
  assert.equal(done.status, 'complete');
  assert.equal(done.metadata.setup, 's-1');
  assert.equal(done.setup_intent.status, 'succeeded');
  return done.setup_intent;
};
const take = (customer, method, kind, key) => stripe.paymentIntents.create(
  { amount: 2345, currency: 'eur', customer: customer.id, payment_method: method.id, payment_method_types: [kind], confirm: true, off_session: true, metadata: { charge: 'c-1' }, expand: ['latest_charge.balance_transaction'] },
  { idempotencyKey: key });

const payer = await stripe.customers.create({ name: 'Erika', email: 'erika@example.org', metadata: { account: 'a-1' } });
assert.equal(payer.object, 'customer');

// A card: given once, charged without its owner; the same key is the same payment.
const card = (await give(payer, '4242 4242 4242 4242')).payment_method;
assert.equal(card.card.last4, '4242');
const paid = await take(payer, card, 'card', 'charge-1');
assert.equal(paid.status, 'succeeded');
assert.equal(paid.amount_received, 2345);
assert.ok(paid.latest_charge.balance_transaction.fee > 0);
assert.equal((await take(payer, card, 'card', 'charge-1')).id, paid.id);
assert.ok((await stripe.paymentIntents.list({ customer: payer.id, limit: 100 })).data.some((i) => i.id === paid.id && i.metadata.charge === 'c-1'));

// Cards that fail without their owner: the error names the payment.
const asking = (await give(payer, '4000 0027 6000 3184', 'yes')).payment_method;
const asked = await refused(() => take(payer, asking, 'card', 'charge-2'), 'StripeCardError', 'authentication_required');
assert.equal(asked.payment_intent.status, 'requires_payment_method');
const poor = (await give(payer, '4000 0082 6000 3178', 'yes')).payment_method;
assert.equal((await refused(() => take(payer, poor, 'card', 'charge-3'), 'StripeCardError', 'card_declined')).decline_code, 'insufficient_funds');
assert.equal((await stripe.paymentIntents.cancel(asked.payment_intent.id)).status, 'canceled');

// A SEPA mandate: under way until the bank decides.
const mandate = await give(payer, 'DE89 3704 0044 0532 0130 00');
assert.equal(mandate.payment_method.sepa_debit.last4, '3000');
assert.ok(mandate.mandate.payment_method_details.sepa_debit.reference.length > 3);
const debit = await take(payer, mandate.payment_method, 'sepa_debit', 'charge-4');
assert.equal(debit.status, 'processing');
await refused(() => stripe.paymentIntents.cancel(debit.id), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');

// A page for one invoice, for who pays it at once.
const page = await stripe.checkout.sessions.create({
  mode: 'payment', customer: payer.id, payment_method_types: ['card', 'sepa_debit'], line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 700, product_data: { name: 'Invoice' } } }],
  payment_intent_data: { metadata: { charge: 'c-2' } }, metadata: { charge: 'c-2' }, ...back });
assert.equal((await send(page.url, { card: '4242 4242 4242 4242' })).status, 302);
const atOnce = await stripe.paymentIntents.retrieve((await stripe.checkout.sessions.retrieve(page.id)).payment_intent);
assert.equal(atOnce.status, 'succeeded');
assert.equal(atOnce.metadata.charge, 'c-2');

// A dispute takes the money off the balance, with a fee.
const disputed = (await give(payer, '4000 0000 0000 0259')).payment_method;
const gone = await take(payer, disputed, 'card', 'charge-5');
const moves = (await stripe.balanceTransactions.list({ limit: 100 })).data;
const move = moves.find((m) => m.type === 'adjustment');
assert.equal(move.amount, -2345);
const dispute = await stripe.disputes.retrieve(move.source);
assert.equal(dispute.payment_intent, gone.id);
assert.equal(dispute.status, 'needs_response');
assert.equal(dispute.balance_transactions[0].id, move.id);

// What is taken away is gone.
assert.equal((await stripe.paymentMethods.detach(card.id)).customer, null);
await refused(() => take(payer, card, 'card', 'charge-6'), 'StripeInvalidRequestError', 'resource_missing');
assert.equal((await stripe.customers.del(payer.id)).deleted, true);
http.globalAgent.destroy();
console.log('agreed');
