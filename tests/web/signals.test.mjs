import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batch, computed, effect, onCleanup, scope, signal, untracked } from '../../static/kernel/signals.js';

test('an effect runs at once and after each change, and not for an equal value', () => {
  const a = signal(1);
  const seen = [];
  effect(() => seen.push(a.value));
  a.value = 2;
  a.value = 2;
  a.update((n) => n + 1);
  assert.deepEqual(seen, [1, 2, 3]);
});

test('a diamond runs its end once, and with values that belong together', () => {
  const a = signal(1);
  const double = computed(() => a.value * 2);
  const triple = computed(() => a.value * 3);
  const seen = [];
  effect(() => seen.push([double.value, triple.value]));
  a.value = 2;
  assert.deepEqual(seen, [[2, 3], [4, 6]]);
});

test('a computed value that comes out the same stops the change there', () => {
  const a = signal(1);
  const even = computed(() => a.value % 2 === 0);
  let runs = 0;
  effect(() => {
    void even.value;
    runs++;
  });
  a.value = 3;
  assert.equal(runs, 1);
  a.value = 4;
  assert.equal(runs, 2);
});

test('a computed value is lazy, and worked out once for many readers', () => {
  const a = signal(1);
  let work = 0;
  const c = computed(() => (work++, a.value));
  assert.equal(work, 0);
  assert.equal(c.value + c.value + c.peek(), 3);
  assert.equal(work, 1);
  a.value = 5;
  assert.equal(work, 1);
  assert.equal(c.value, 5);
});

test('what is no longer read is no longer followed', () => {
  const on = signal(true);
  const a = signal('a');
  const seen = [];
  effect(() => seen.push(on.value ? a.value : 'off'));
  on.value = false;
  a.value = 'b';
  assert.deepEqual(seen, ['a', 'off']);
});

test('batch lets readers run once, after all changes; nested batches too', () => {
  const [a, b] = [signal(1), signal(1)];
  const seen = [];
  effect(() => seen.push(a.value + b.value));
  batch(() => {
    a.value = 2;
    batch(() => (b.value = 2));
    assert.equal(seen.length, 1);
  });
  assert.deepEqual(seen, [2, 4]);
});

test('untracked and peek read without following', () => {
  const a = signal(1);
  let runs = 0;
  effect(() => {
    runs++;
    untracked(() => a.value);
    a.peek();
  });
  a.value = 2;
  assert.equal(runs, 1);
});

test('an outer effect runs before those made in it, and ends them', () => {
  const user = signal({ name: 'a' });
  const seen = [];
  effect(() => {
    const there = user.value !== null;
    // The inner one was subscribed first by now on a later round, and would fail on null if it ran first.
    if (there) effect(() => seen.push(user.value.name));
  });
  user.value = { name: 'b' };
  user.value = null;
  assert.deepEqual(seen, ['a', 'b']);
});

test('cleanups run before the next run and at the end, the latest first', () => {
  const a = signal(1);
  const log = [];
  const [, stop] = scope(() => {
    onCleanup(() => log.push('scope'));
    effect(() => {
      const n = a.value;
      onCleanup(() => log.push(`first ${n}`));
      onCleanup(() => log.push(`second ${n}`));
    });
  });
  a.value = 2;
  assert.deepEqual(log, ['second 1', 'first 1']);
  stop();
  assert.deepEqual(log.slice(2), ['second 2', 'first 2', 'scope']);
  a.value = 3;
  assert.equal(log.length, 5);
});

test('an effect that fails does not silence the others, and the fault is told', () => {
  const a = signal(1);
  const seen = [];
  effect(() => {
    if (a.value === 2) throw new Error('broken');
  });
  effect(() => seen.push(a.value));
  assert.throws(() => (a.value = 2), /broken/);
  assert.deepEqual(seen, [1, 2]);
  a.value = 3;
  assert.deepEqual(seen, [1, 2, 3]);
});

test('effects that change what they read without end are stopped by name, and the rest lives on', () => {
  const a = signal(0);
  const b = signal(0);
  assert.throws(() => effect(() => {
    b.value;
    a.value = a.value + 1;
  }) ?? (b.value = 1), /keep changing/);
  const c = signal(1);
  let seen = 0;
  effect(() => (seen = c.value));
  c.value = 7;
  assert.equal(seen, 7);
});
