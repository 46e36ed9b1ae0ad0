// Cursors: how far each log is known here, and what a push means against that. Pure, but for its own maps.

/** @typedef {'apply' | 'known' | 'hole'} Verdict */

export class Cursors {
  constructor() {
    /** @type {Map<string, number>} */
    this.at = new Map();
    /** @type {Map<string, number>} marks take no position of their log: they have a count of their own */
    this.marksAt = new Map();
  }

  /** @param {string} log @param {number} prev @param {number} rev @returns {Verdict} */
  judge(log, prev, rev) {
    const cursor = this.at.get(log);
    if (cursor === undefined) return 'hole';
    if (rev <= cursor) return 'known';
    return prev <= cursor ? 'apply' : 'hole';
  }

  /** A cursor never goes back. @param {string} log @param {number} rev @param {number} [markRev] */
  advance(log, rev, markRev) {
    const cursor = this.at.get(log);
    if (cursor === undefined || rev > cursor) this.at.set(log, rev);
    if (markRev !== undefined && markRev >= (this.marksAt.get(log) ?? 0)) this.marksAt.set(log, markRev);
  }

  /** @param {string} log */
  forget(log) {
    this.at.delete(log);
    this.marksAt.delete(log);
  }

  /** @param {string} log */
  get(log) {
    return this.at.get(log);
  }

  /** @param {string} log @returns {import('./types.js').Position} */
  position(log) {
    const mark_rev = this.marksAt.get(log);
    return { log, rev: this.at.get(log) ?? 0, ...(mark_rev === undefined ? {} : { mark_rev }) };
  }

  /** @returns {import('./types.js').Position[]} */
  positions() {
    return [...this.at.keys()].map((log) => this.position(log));
  }
}
