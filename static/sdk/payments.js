// Payments on their way. Written down before they are sent and kept until the server has said what became of them, so that
// neither a lost answer nor a reload can pay twice or leave a person guessing.
import { ASKED_MS, confirmed } from './confirm.js';
import { asQuipuError, QuipuError } from './errors.js';

/** @typedef {import('./types.js').TransferOrder} TransferOrder */
/** @typedef {import('./types.js').TransferAnswer} TransferAnswer */
/** @typedef {{ order: TransferOrder, payee: string, patient?: boolean, asked?: number }} Payment the order, and the payee's name to show; a patient one waits for a connection, one that was asked about is not confirmed yet */
/** @typedef {{ kind: 'sending' } | { kind: 'asking' } | { kind: 'checking' } | { kind: 'posted', answer: TransferAnswer } | { kind: 'refused', error: QuipuError }} Outcome */
/** @typedef {{ all: () => Payment[], put: (payment: Payment) => void, drop: (clientId: string) => void }} PaymentStore */

/** @param {string} user @param {Storage} storage @returns {PaymentStore} */
export function browserPayments(user, storage) {
  const prefix = `quipu.payment.${user}.`;
  return {
    all: () =>
      Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '')
        .filter((key) => key.startsWith(prefix))
        .flatMap((key) => {
          try {
            return [JSON.parse(storage.getItem(key) ?? '')];
          } catch {
            return [];
          }
        }),
    put: (payment) => storage.setItem(prefix + payment.order.client_id, JSON.stringify(payment)),
    drop: (id) => storage.removeItem(prefix + id),
  };
}

/** @returns {PaymentStore} */
export function memoryPayments() {
  /** @type {Map<string, Payment>} */
  const map = new Map();
  return { all: () => [...map.values()], put: (payment) => void map.set(payment.order.client_id, payment), drop: (id) => void map.delete(id) };
}

/** Without a word about the money, these leave it open. */
const UNCLEAR = new Set(['outcome_unknown', 'outcome_lost', 'storage_unavailable', 'internal']);

/** What an error says about the money: only a clear refusal is one. @param {QuipuError} error @returns {'not_moved' | 'unknown'} */
export function moneyAfter(error) {
  if (error.detail?.money === 'not_moved') return 'not_moved';
  if (error.detail?.money === 'unknown' || error.unanswered) return 'unknown';
  return UNCLEAR.has(error.code) ? 'unknown' : 'not_moved';
}

export class Payments {
  /**
   * @param {object} options
   * @param {PaymentStore} options.store
   * @param {(op: string, d: Record<string, any>) => Promise<any>} options.request
   * @param {(payment: Payment, outcome: Outcome) => void} options.onOutcome
   * @param {import('./confirm.js').Confirm} [options.confirm] asks whoever pays
   * @param {(run: () => void, ms: number) => any} [options.setTimeout]
   */
  constructor(options) {
    this.options = options;
    this.later = options.setTimeout ?? ((run, ms) => globalThis.setTimeout(run, ms));
    /** @type {Set<string>} */
    this.sending = new Set();
    /** @type {Map<string, { payment: Payment, asking: boolean, tries: number }>} */
    this.unknown = new Map();
    /** @type {Map<string, { done: Promise<TransferAnswer>, resolve: (answer: TransferAnswer) => void, reject: (error: QuipuError) => void }>} */
    this.waiting = new Map();
  }

  /** Pays once per client_id, and ends as the payment does: with the answer, or with the refusal. @param {Payment} payment @returns {Promise<TransferAnswer>} */
  paid(payment) {
    const id = payment.order.client_id;
    const known = this.waiting.get(id);
    if (known) return known.done;
    /** @type {(answer: TransferAnswer) => void} */
    let resolve = () => {};
    /** @type {(error: QuipuError) => void} */
    let reject = () => {};
    /** @type {Promise<TransferAnswer>} */
    const done = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
    this.waiting.set(id, { done, resolve, reject });
    this.pay(payment);
    return done;
  }

  /** Pays once per client_id, however often it is called. @param {Payment} payment */
  async pay(payment) {
    const id = payment.order.client_id;
    if (this.sending.has(id) || this.unknown.has(id)) return;
    this.sending.add(id);
    this.options.onOutcome(payment, { kind: 'sending' });
    try {
      this.options.store.put(payment);
      this.posted(payment, await this.send(payment));
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (moneyAfter(error) === 'unknown' || (payment.patient && error.again)) this.check(payment);
      else this.refused(payment, error);
    } finally {
      this.sending.delete(id);
    }
  }

  /** Where it has to be confirmed, whoever pays is asked once; what they say is kept beside the order, for whatever comes after it. @param {Payment} payment @returns {Promise<TransferAnswer>} */
  async send(payment) {
    const op = 'transfer.send';
    try {
      return await this.options.request(op, payment.order);
    } catch (thrown) {
      const { confirm } = this.options;
      if (asQuipuError(thrown).code !== 'step_up_required' || !confirm) throw thrown;
      this.options.store.put({ ...payment, asked: Date.now() });
      this.options.onOutcome(payment, { kind: 'asking' });
      Object.assign(payment.order, await confirmed(confirm, op, payment.order));
      this.options.store.put(payment);
      this.options.onOutcome(payment, { kind: 'sending' });
      return this.options.request(op, payment.order);
    }
  }

  /** After hello: what was left open by a reload or a lost connection is asked for. */
  resume() {
    for (const payment of this.options.store.all()) {
      if (this.sending.has(payment.order.client_id)) continue;
      if (payment.asked === undefined) this.check(payment);
      // Another page asks; or one did that is gone, and what nobody confirmed was not paid.
      else if (Date.now() - payment.asked > ASKED_MS) this.options.store.drop(payment.order.client_id);
    }
  }

  /** @param {Payment} payment */
  check(payment) {
    const id = payment.order.client_id;
    const known = this.unknown.get(id) ?? { payment, asking: false, tries: 0 };
    this.unknown.set(id, known);
    this.options.onOutcome(payment, { kind: 'checking' });
    if (!known.asking) this.ask(known);
  }

  /** @param {{ payment: Payment, asking: boolean, tries: number }} open */
  async ask(open) {
    const { payment } = open;
    open.asking = true;
    open.tries++;
    try {
      this.settle(payment, await this.options.request('transfer.status', { client_id: payment.order.client_id }));
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (error.code === 'transfer_not_found') await this.resend(payment);
      else if (error.code !== 'offline' && error.code !== 'connection_lost') this.askLater(open);
    } finally {
      open.asking = false;
    }
  }

  /** Nothing was posted yet, but the first frame may still be on its way: the same id again is the one safe question. @param {Payment} payment */
  async resend(payment) {
    try {
      this.posted(payment, await this.options.request('transfer.send', payment.order));
    } catch (thrown) {
      const error = asQuipuError(thrown);
      const open = this.unknown.get(payment.order.client_id);
      if (error.code === 'offline' || error.code === 'connection_lost') return; // resume() asks again
      if (moneyAfter(error) === 'not_moved' && !error.again) this.refused(payment, error);
      else if (open) this.askLater(open);
    }
  }

  /** @param {{ payment: Payment, asking: boolean, tries: number }} open */
  askLater(open) {
    this.later(() => {
      if (this.unknown.has(open.payment.order.client_id) && !open.asking) this.ask(open);
    }, Math.min(15_000, 500 * 2 ** open.tries));
  }

  /** @param {Payment} payment @param {TransferAnswer} answer */
  settle(payment, answer) {
    if (answer.state === 'refused') this.refused(payment, new QuipuError(answer.error ?? { code: 'internal' }));
    else this.posted(payment, answer);
  }

  /** @param {Payment} payment @param {TransferAnswer} answer */
  posted(payment, answer) {
    const waiting = this.finish(payment);
    this.options.onOutcome(payment, { kind: 'posted', answer });
    waiting?.resolve(answer);
  }

  /** @param {Payment} payment @param {QuipuError} error */
  refused(payment, error) {
    const waiting = this.finish(payment);
    this.options.onOutcome(payment, { kind: 'refused', error });
    waiting?.reject(error);
  }

  /** @param {Payment} payment */
  finish(payment) {
    const id = payment.order.client_id;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    this.unknown.delete(id);
    this.options.store.drop(id);
    return waiting;
  }
}
