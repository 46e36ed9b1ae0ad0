// A store for programs: what is on its way is kept in a file, so that it outlives the program. The file is written anew and
// renamed into place each time; it is as small as what is unanswered.

/**
 * What is used of Node's `fs`, which is given: nothing here is Node's alone.
 * @typedef {object} Files
 * @property {(path: string, encoding: 'utf8') => string} readFileSync
 * @property {(path: string, flags: string) => number} openSync @property {(file: number, text: string) => unknown} writeSync
 * @property {(file: number) => void} fsyncSync @property {(file: number) => void} closeSync
 * @property {(from: string, to: string) => void} renameSync
 */

/** A store of what a program sends. @param {Files} fs @param {string} path of a file of one person and one program @returns {import('./outbox.js').OutboxStore} */
export function fileStore(fs, path) {
  return storeIn(fs, path, (item) => item.client_id);
}

/** A store of its payments: another file. @param {Files} fs @param {string} path @returns {import('./payments.js').PaymentStore} */
export function filePayments(fs, path) {
  return storeIn(fs, path, (payment) => payment.order.client_id);
}

/** A store of what it asks of flows: another file. @param {Files} fs @param {string} path @returns {import('./flows.js').ActStore} */
export function fileActs(fs, path) {
  return storeIn(fs, path, (act) => act.client_id);
}

/** @template T @param {Files} fs @param {string} path @param {(item: T) => string} idOf */
function storeIn(fs, path, idOf) {
  /** @type {Map<string, T>} */
  const items = new Map();
  for (const item of read()) items.set(idOf(item), item);

  function read() {
    let text = '';
    try {
      text = fs.readFileSync(path, 'utf8');
    } catch (error) {
      if (/** @type {any} */ (error)?.code === 'ENOENT') return [];
      throw error;
    }
    return /** @type {T[]} */ (JSON.parse(text));
  }

  function write() {
    const file = fs.openSync(`${path}.new`, 'w');
    fs.writeSync(file, JSON.stringify([...items.values()]));
    fs.fsyncSync(file);
    fs.closeSync(file);
    fs.renameSync(`${path}.new`, path);
  }

  return {
    all: () => [...items.values()],
    put: (/** @type {T} */ item) => {
      items.set(idOf(item), item);
      write();
    },
    drop: (/** @type {string} */ id) => {
      if (items.delete(id)) write();
    },
  };
}
