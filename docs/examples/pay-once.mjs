// Pays somebody for an invoice, once: over lost connections, lost answers, the server's end and its own, however often it is
// started for the same invoice. It needs the token of a session (`POST /api/v1/login` gives one):
//
//   QUIPU_TOKEN=… node docs/examples/pay-once.mjs invoice-17 maya 12.50 CNY      (Node 20: --experimental-websocket)
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect } from '../../static/sdk/chat.js';
import { filePayments } from '../../static/sdk/file-store.js';

/** Made of the invoice and of nothing else: whoever pays it again asks for the same payment, and the server makes one. */
export function paymentId(invoice) {
  const hash = createHash('sha256').update(`pay ${invoice}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-7${hash.slice(12, 15)}-8${hash.slice(15, 18)}-${hash.slice(18, 30)}`;
}

/** Ends with the payment, whatever happens on the way, or with why it is refused. @param {import('../../static/sdk/chat.js').Quipu} quipu */
export async function payOnce(quipu, { invoice, handle, amount, currency }) {
  const { user } = await quipu.find(handle);
  return quipu.money.pay({ client_id: paymentId(invoice), to: user.id, amount, currency, note: invoice });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { QUIPU_SERVER = 'http://127.0.0.1:8080', QUIPU_TOKEN = '', QUIPU_PAYMENTS = 'pay-once.payments.json' } = process.env;
  const [invoice = '', handle = '', amount = '', currency = ''] = process.argv.slice(2);
  const quipu = connect({ server: QUIPU_SERVER, token: QUIPU_TOKEN, client: { name: 'pay-once', version: '1.0.0' }, payments: () => filePayments(fs, QUIPU_PAYMENTS) });
  await quipu.ready;
  const { id, balance, duplicate } = await payOnce(quipu, { invoice, handle, amount, currency });
  console.log(duplicate ? `paid before: ${id}` : `paid: ${id}`, `balance ${balance}`);
  quipu.close();
}
