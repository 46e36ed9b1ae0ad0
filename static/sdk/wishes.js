// States that a person sets: a reaction, a mark, a draft, a preference. Only the last wish of a key counts, so none needs
// an id: it is told again until it is answered, and one that was overtaken is never told late.
import { asQuipuError, QuipuError } from './errors.js';

/** @typedef {{ op: string, d: Record<string, any>, turn: number, busy: boolean, due: boolean, tries: number, waiting: Array<{ resolve: (ok: any) => void, reject: (error: QuipuError) => void }> }} Wish */

/** How many different things may wait to be told. */
const MOST = 1000;
const LONGEST_WAIT_MS = 30_000;

export class Wishes {
  /**
   * @param {object} options
   * @param {(op: string, d: Record<string, any>) => Promise<any>} options.request
   * @param {(run: () => void, ms: number) => any} [options.setTimeout]
   */
  constructor(options) {
    this.options = options;
    this.later = options.setTimeout ?? ((run, ms) => globalThis.setTimeout(run, ms));
    /** @type {Map<string, Wish>} */
    this.byKey = new Map();
  }

  /**
   * Ends with the answer to this wish, or to the one that took its place.
   * @param {string} key @param {string} op @param {Record<string, any>} d @param {number} [delay] more of the same may come within it
   * @returns {Promise<any>}
   */
  set(key, op, d, delay = 0) {
    const old = this.byKey.get(key);
    if (!old && this.byKey.size >= MOST) return Promise.reject(new QuipuError({ code: 'too_many' }));
    const wish = old ?? { op, d, turn: 0, busy: false, due: true, tries: 0, waiting: [] };
    Object.assign(wish, { op, d, turn: wish.turn + 1 });
    this.byKey.set(key, wish);
    const answered = new Promise((resolve, reject) => wish.waiting.push({ resolve, reject }));
    answered.catch(() => {}); // whoever does not wait for the answer need not handle its refusal
    if (delay === 0) {
      wish.due = true;
      this.tell(key, wish);
    } else if (!old) {
      wish.due = false;
      this.later(() => {
        wish.due = true;
        this.tell(key, wish);
      }, delay);
    }
    return answered;
  }

  /** The socket is back: what was not answered is told again. */
  resume() {
    for (const [key, wish] of this.byKey) this.tell(key, wish);
  }

  /** @param {string} key @param {Wish} wish */
  async tell(key, wish) {
    if (wish.busy || !wish.due || this.byKey.get(key) !== wish) return;
    wish.busy = true;
    const { turn } = wish;
    const waited = wish.waiting.length;
    try {
      const ok = await this.options.request(wish.op, wish.d);
      wish.busy = false;
      if (wish.turn === turn) this.byKey.delete(key);
      else this.tell(key, wish);
      for (const one of wish.waiting.splice(0, wish.turn === turn ? wish.waiting.length : waited)) one.resolve(ok);
    } catch (thrown) {
      wish.busy = false;
      this.stumbled(key, wish, turn, asQuipuError(thrown));
    }
  }

  /** @param {string} key @param {Wish} wish @param {number} turn @param {QuipuError} error */
  stumbled(key, wish, turn, error) {
    if (error.code === 'offline' || error.code === 'connection_lost') return; // resume() tells it again
    if (error.again) {
      const wait = Math.max(50, error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 1000 * 2 ** wish.tries++));
      this.later(() => this.tell(key, wish), wait);
      return;
    }
    if (wish.turn !== turn) {
      this.tell(key, wish);
      return;
    }
    this.byKey.delete(key);
    for (const one of wish.waiting.splice(0)) one.reject(error);
  }
}
