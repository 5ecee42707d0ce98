// Drives a pretended Stripe's card readers with Stripe's own library: node stripe-terminal.mjs PORT
import assert from 'node:assert/strict';
import http from 'node:http';
import Stripe from 'stripe';

const [port] = process.argv.slice(2);
const stripe = new Stripe('sk_test_judge', { host: '127.0.0.1', port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
const refused = async (work, code) => {
  const error = await work().then(() => assert.fail('should have been refused'), (e) => e);
  assert.equal(error.type, 'StripeInvalidRequestError');
  assert.equal(error.code, code);
};

const location = await stripe.terminal.locations.create({ display_name: 'Autohof', address: { line1: 'An der A5 1', postal_code: '76133', city: 'Karlsruhe', country: 'DE' } });
const reader = await stripe.terminal.readers.create({ registration_code: 'simulated-s700', label: 'Pillar 1', location: location.id, metadata: { tenant: 't-1' } });
assert.equal(reader.object, 'terminal.reader');
assert.equal(reader.status, 'online');
assert.equal(reader.location, location.id);
await refused(() => stripe.terminal.readers.create({ registration_code: 'nonsense', label: 'x', location: location.id }), 'parameter_invalid');
assert.equal((await stripe.terminal.readers.update(reader.id, { label: 'Pillar 2' })).label, 'Pillar 2');
assert.equal((await stripe.terminal.readers.list()).data.length, 1);

// 50.00 are asked for; the first card is declined, the second holds them.
const asked = await stripe.paymentIntents.create({
  amount: 5000, currency: 'eur', payment_method_types: ['card_present'], capture_method: 'manual', metadata: { payment: 'p-1' },
  payment_method_options: { card_present: { request_incremental_authorization_support: true } },
}, { idempotencyKey: 'p-1-intent' });
assert.equal(asked.status, 'requires_payment_method');
const present = (number) => stripe.testHelpers.terminal.readers.presentPaymentMethod(reader.id, { type: 'card_present', card_present: { number } });
await refused(() => present('4242424242424242'), 'invalid_reader_state');
const ask = (key) => stripe.terminal.readers.processPaymentIntent(reader.id, { payment_intent: asked.id, process_config: { enable_customer_cancellation: true } }, { idempotencyKey: key });
assert.deepEqual((({ type, status }) => ({ type, status }))((await ask('p-1-offer-1')).action), { type: 'process_payment_intent', status: 'in_progress' });
const declined = await present('4000000000000002');
assert.equal(declined.action.status, 'failed');
assert.equal(declined.action.failure_code, 'card_declined');
assert.equal((await stripe.paymentIntents.retrieve(asked.id)).status, 'requires_payment_method');
await ask('p-1-offer-2');
assert.equal((await present('4111111111111111')).action.status, 'succeeded');
const held = await stripe.paymentIntents.retrieve(asked.id, { expand: ['latest_charge'] });
assert.equal(held.status, 'requires_capture');
assert.equal(held.amount_capturable, 5000);
assert.equal(held.latest_charge.payment_method_details.card_present.last4, '1111');
assert.equal(held.latest_charge.payment_method_details.card_present.incremental_authorization_supported, true);
assert.equal((await stripe.paymentIntents.incrementAuthorization(asked.id, { amount: 7000 })).amount_capturable, 7000);
await refused(() => ask('p-1-offer-3'), 'payment_intent_unexpected_state');
assert.equal((await stripe.paymentIntents.capture(asked.id, { amount_to_capture: 1234 })).amount_received, 1234);

// What is taken back asks no more; a reader that is taken out is gone.
const next = await stripe.paymentIntents.create({ amount: 5000, currency: 'eur', payment_method_types: ['card_present'], capture_method: 'manual' });
await stripe.terminal.readers.processPaymentIntent(reader.id, { payment_intent: next.id });
assert.equal((await stripe.terminal.readers.cancelAction(reader.id)).action, null);
await refused(() => present('4242424242424242'), 'invalid_reader_state');
assert.equal((await stripe.paymentIntents.cancel(next.id)).status, 'canceled');
assert.equal((await stripe.terminal.readers.del(reader.id)).deleted, true);
await refused(() => stripe.terminal.readers.retrieve(reader.id), 'resource_missing');
http.globalAgent.destroy();
console.log('agreed');
