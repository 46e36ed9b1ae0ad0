// What is asked of flows: requests, packets, bills, plans, payments that are accepted first. Each is written down before it
// is sent and kept until the server has said what became of it. The same question with the same id is answered with what it
// did the first time, so a lost answer is asked for by asking once more.
import { ASKED_MS, confirmed } from './confirm.js';
import { asQuipuError, QuipuError } from './errors.js';
import { moneyAfter } from './payments.js';

/**
 * @typedef {object} Act
 * @property {string} client_id
 * @property {string} op
 * @property {Record<string, any>} d what is sent beside the id
 * @property {string} about the flow it is about; the id of the act itself for one that makes a flow
 * @property {boolean} [patient] without a connection it waits for one; else it is refused at once
 * @property {number} [asked] since when it is asked to be confirmed, and is not yet
 * @property {any} [show] what a page says about it, the server never sees it
 */
/** @typedef {{ kind: 'sending' } | { kind: 'checking' } | { kind: 'done', answer: any } | { kind: 'refused', error: QuipuError }} ActOutcome */
/** @typedef {{ all: () => Act[], put: (act: Act) => void, drop: (clientId: string) => void }} ActStore */
/** @typedef {{ act: Act, busy: boolean, sent: boolean, tries: number, done: Promise<any>, resolve: (answer: any) => void, reject: (error: QuipuError) => void }} OpenAct */

/** How many may be under way at once. */
const MOST = 1000;
const LONGEST_WAIT_MS = 15_000;

/** @param {string} user @param {Storage} storage @returns {ActStore} one entry an act, so that two windows never overwrite each other's */
export function browserActs(user, storage) {
  const prefix = `quipu.flow.${user}.`;
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
    put: (act) => storage.setItem(prefix + act.client_id, JSON.stringify(act)),
    drop: (id) => storage.removeItem(prefix + id),
  };
}

/** @returns {ActStore} */
export function memoryActs() {
  /** @type {Map<string, Act>} */
  const map = new Map();
  return { all: () => [...map.values()], put: (act) => void map.set(act.client_id, act), drop: (id) => void map.delete(id) };
}

export class Flows {
  /**
   * @param {object} options
   * @param {ActStore} options.store
   * @param {(op: string, d: Record<string, any>) => Promise<any>} options.request
   * @param {(act: Act, outcome: ActOutcome) => void} options.onOutcome
   * @param {import('./confirm.js').Confirm} [options.confirm] asks whoever pays
   * @param {(run: () => void, ms: number) => any} [options.setTimeout]
   */
  constructor(options) {
    this.options = options;
    this.later = options.setTimeout ?? ((run, ms) => globalThis.setTimeout(run, ms));
    /** @type {Map<string, OpenAct>} */
    this.open = new Map();
  }

  /** Carried out once per client_id, however often it is called; ends with the answer, or with the refusal. @param {Act} act @returns {Promise<any>} */
  carry(act) {
    const known = this.open.get(act.client_id);
    if (known) return known.done;
    if (this.open.size >= MOST) return Promise.reject(new QuipuError({ code: 'too_many' }));
    const open = this.begin(act, false);
    this.options.onOutcome(act, { kind: 'sending' });
    try {
      this.options.store.put(act);
    } catch {
      // What could not be written down is not sent: after a reload nobody would know of it.
      this.end(open, { kind: 'refused', error: new QuipuError({ code: 'not_kept', detail: { money: 'not_moved' } }) });
      return open.done;
    }
    this.tell(open);
    return open.done;
  }

  /** After hello: what a reload or a lost connection left open is asked again. */
  resume() {
    for (const act of this.options.store.all()) {
      if (act.asked !== undefined && !this.open.has(act.client_id)) {
        // Another page asks; or one did that is gone, and what nobody confirmed was not done.
        if (Date.now() - act.asked > ASKED_MS) this.options.store.drop(act.client_id);
        continue;
      }
      const open = this.open.get(act.client_id) ?? this.begin(act, true);
      if (open.busy) continue;
      this.options.onOutcome(act, { kind: 'checking' });
      this.tell(open);
    }
  }

  /** @param {Act} act @param {boolean} sent @returns {OpenAct} */
  begin(act, sent) {
    /** @type {(answer: any) => void} */
    let resolve = () => {};
    /** @type {(error: QuipuError) => void} */
    let reject = () => {};
    const done = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
    done.catch(() => {}); // whoever does not wait for it is told by the events
    const open = { act, busy: false, sent, tries: 0, done, resolve, reject };
    this.open.set(act.client_id, open);
    return open;
  }

  /** @param {OpenAct} open */
  async tell(open) {
    if (open.busy) return;
    open.busy = true;
    open.tries++;
    const { act } = open;
    try {
      const answer = await this.ask(open);
      open.busy = false;
      this.end(open, { kind: 'done', answer });
    } catch (thrown) {
      open.busy = false;
      this.stumbled(open, asQuipuError(thrown));
    }
  }

  /** Where it has to be confirmed, whoever pays is asked once: not for what an earlier page left. @param {OpenAct} open @returns {Promise<any>} */
  async ask(open) {
    const { act } = open;
    const said = () => ({ client_id: act.client_id, ...act.d });
    try {
      return await this.options.request(act.op, said());
    } catch (thrown) {
      const { confirm } = this.options;
      if (asQuipuError(thrown).code !== 'step_up_required' || !confirm || open.sent) throw thrown;
      this.options.store.put({ ...act, asked: Date.now() });
      act.d = { ...act.d, ...(await confirmed(confirm, act.op, said())) };
      this.options.store.put(act);
      return this.options.request(act.op, said());
    }
  }

  /** @param {OpenAct} open @param {QuipuError} error */
  stumbled(open, error) {
    if (moneyAfter(error) === 'unknown') open.sent = true;
    // A first try that surely did nothing is a refusal, unless it was asked to be patient; later ones say nothing of the first.
    const final = open.sent ? !error.again && moneyAfter(error) === 'not_moved' : !(open.act.patient && error.again);
    if (final) {
      this.end(open, { kind: 'refused', error });
      return;
    }
    this.options.onOutcome(open.act, { kind: 'checking' });
    if (error.code === 'offline' || error.code === 'connection_lost') return; // resume() asks again
    const wait = error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 500 * 2 ** open.tries);
    this.later(() => this.open.get(open.act.client_id) === open && this.tell(open), wait);
  }

  /** @param {OpenAct} open @param {{ kind: 'done', answer: any } | { kind: 'refused', error: QuipuError }} outcome */
  end(open, outcome) {
    this.open.delete(open.act.client_id);
    try {
      this.options.store.drop(open.act.client_id);
    } catch {
      // asked once more after a reload, and answered with the same
    }
    this.options.onOutcome(open.act, outcome);
    if (outcome.kind === 'done') open.resolve(outcome.answer);
    else open.reject(outcome.error);
  }
}
