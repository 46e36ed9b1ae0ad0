// Signals: values that know who reads them. A change marks its readers stale; a reader runs again only when one of its
// sources really has another value, so that a diamond of computed values runs its end once.

/** @typedef {{ sources: Map<Source, number>, stale: () => void }} Reader */
/** @typedef {{ version: number, readers: Set<Reader>, refresh: () => void }} Source */
/** @template T @typedef {{ readonly value: T, peek: () => T }} Readable */
/** @template T @typedef {{ value: T, peek: () => T, update: (change: (old: T) => T) => void }} Signal */

let running = /** @type {Reader | null} */ (null);
let owner = /** @type {Array<() => void> | null} */ (null);
let holding = 0;
/** @type {Map<number, () => void>} Effects to run, by age: an outer one runs before those made in it, and may end them. */
const waiting = new Map();
let made = 0;

/** @param {Source} source */
function track(source) {
  if (!running) return;
  running.sources.set(source, source.version);
  source.readers.add(running);
}

/** @param {Reader} reader */
function forget(reader) {
  for (const source of reader.sources.keys()) source.readers.delete(reader);
  reader.sources.clear();
}

/** Whether some source has changed since it was read. @param {Reader} reader */
function changed(reader) {
  for (const [source, seen] of reader.sources) {
    source.refresh();
    if (source.version !== seen) return true;
  }
  return false;
}

function flush() {
  if (holding > 0) return;
  holding++;
  const errors = /** @type {unknown[]} One broken effect must not silence the others. */ ([]);
  for (let round = 0; waiting.size > 0; round++) {
    const now = [...waiting].sort(([a], [b]) => a - b);
    waiting.clear();
    if (round > 1000 && errors.push(new Error('signals: effects keep changing what they read'))) break;
    for (const [, run] of now) try { run(); } catch (error) { errors.push(error); }
  }
  holding--;
  if (errors.length > 0) throw errors[0];
}

/** @template T @param {T} initial @returns {Signal<T>} */
export function signal(initial) {
  let current = initial;
  /** @type {Source} */
  const source = { version: 0, readers: new Set(), refresh: () => {} };
  /** @type {Signal<T>} */
  const self = {
    get value() {
      track(source);
      return current;
    },
    set value(next) {
      if (Object.is(next, current)) return;
      current = next;
      source.version++;
      for (const reader of [...source.readers]) reader.stale();
      flush();
    },
    peek: () => current,
    update: (change) => void (self.value = change(current)),
  };
  return self;
}

/** A value made from others, worked out when somebody asks. @template T @param {() => T} work @returns {Readable<T>} */
export function computed(work) {
  /** @type {T} */
  let current;
  let fresh = false;
  let first = true;
  /** @type {Reader} */
  const reader = {
    sources: new Map(),
    stale() {
      if (!fresh) return;
      fresh = false;
      for (const next of [...source.readers]) next.stale();
    },
  };
  /** @type {Source} */
  const source = {
    version: 0,
    readers: new Set(),
    refresh() {
      if (fresh) return;
      if (first || changed(reader)) {
        forget(reader);
        const next = within(reader, null, work);
        if (first || !Object.is(next, current)) source.version++;
        current = next;
      }
      fresh = true;
      first = false;
    },
  };
  return {
    get value() {
      source.refresh();
      track(source);
      return current;
    },
    peek: () => (source.refresh(), current),
  };
}

/** @template T @param {Reader | null} reader @param {Array<() => void> | null} cleanups @param {() => T} work @returns {T} */
function within(reader, cleanups, work) {
  const [oldRunning, oldOwner] = [running, owner];
  [running, owner] = [reader, cleanups];
  try {
    return work();
  } finally {
    [running, owner] = [oldRunning, oldOwner];
  }
}

/** Runs now and again after each change of what it read. Belongs to the scope it was made in. @param {() => void} work @returns {() => void} */
export function effect(work) {
  const cleanups = /** @type {Array<() => void>} */ ([]);
  let over = false;
  const age = ++made;
  const run = () => {
    if (over || (reader.sources.size > 0 && !changed(reader))) return;
    end(cleanups);
    forget(reader);
    within(reader, cleanups, work);
  };
  /** @type {Reader} */
  const reader = { sources: new Map(), stale: () => void waiting.set(age, run) };
  const stop = () => {
    over = true;
    waiting.delete(age);
    end(cleanups);
    forget(reader);
  };
  onCleanup(stop);
  run();
  return stop;
}

/** @param {Array<() => void>} cleanups */
const end = (cleanups) => cleanups.splice(0).reverse().forEach((clean) => untracked(clean));

/** Everything made inside ends with the returned function. @template T @param {() => T} work @returns {[T, () => void]} */
export function scope(work) {
  const cleanups = /** @type {Array<() => void>} */ ([]);
  return [within(null, cleanups, work), () => end(cleanups)];
}

/** @param {() => void} clean */
export const onCleanup = (clean) => void owner?.push(clean);

/** @template T @param {() => T} work @returns {T} */
export function untracked(work) {
  return within(null, owner, work);
}

/** Readers run once, after all the changes inside. @template T @param {() => T} work @returns {T} */
export function batch(work) {
  holding++;
  try {
    return work();
  } finally {
    holding--;
    flush();
  }
}
