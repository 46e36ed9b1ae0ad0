// When to come back after a lost connection.

/**
 * Full jitter: anywhere between a floor and a ceiling that doubles, so that clients cut together do not return together.
 * @param {number} attempt counted from 0 @param {() => number} [random] @returns {number} milliseconds
 */
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(100 + random() * (ceiling - 100));
}

/** 4500 and above mean: do not come back. @param {number} code */
export function isFinal(code) {
  return code >= 4500 && code <= 4999;
}
