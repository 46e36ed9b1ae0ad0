// Versions as `major.minor.patch`.

/** @param {string} text */
function parts(text) {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(text);
  return found ? found.slice(1).map(Number) : null;
}

/** Whether one is older than the other. What cannot be read is older than nothing. @param {string} one @param {string} other */
export function isOlder(one, other) {
  const [a, b] = [parts(one), parts(other)];
  if (!a || !b) return false;
  const at = a.findIndex((n, i) => n !== b[i]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}
