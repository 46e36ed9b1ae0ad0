// Cursors: how far each log is known here, and what a push means against that. Pure, but for its own map.

/** @typedef {'apply' | 'known' | 'hole'} Verdict */

export class Cursors {
  constructor() {
    /** @type {Map<string, number>} */
    this.at = new Map();
  }

  /** @param {string} log @param {number} prev @param {number} rev @returns {Verdict} */
  judge(log, prev, rev) {
    const cursor = this.at.get(log);
    if (cursor === undefined) return 'hole';
    if (rev <= cursor) return 'known';
    return prev <= cursor ? 'apply' : 'hole';
  }

  /** A cursor never goes back. @param {string} log @param {number} rev */
  advance(log, rev) {
    const cursor = this.at.get(log);
    if (cursor === undefined || rev > cursor) this.at.set(log, rev);
  }

  /** @param {string} log */
  forget(log) {
    this.at.delete(log);
  }

  /** @param {string} log */
  get(log) {
    return this.at.get(log);
  }

  /** @returns {Array<{ log: string, rev: number }>} */
  positions() {
    return [...this.at].map(([log, rev]) => ({ log, rev }));
  }
}
