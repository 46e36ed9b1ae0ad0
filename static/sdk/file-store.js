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

/** @param {Files} fs @param {string} path of a file of one person and one program @returns {import('./outbox.js').OutboxStore} */
export function fileStore(fs, path) {
  /** @type {Map<string, import('./outbox.js').Outgoing>} */
  const items = new Map();
  for (const item of read()) items.set(item.client_id, item);

  function read() {
    let text = '';
    try {
      text = fs.readFileSync(path, 'utf8');
    } catch (error) {
      if (/** @type {any} */ (error)?.code === 'ENOENT') return [];
      throw error;
    }
    return /** @type {import('./outbox.js').Outgoing[]} */ (JSON.parse(text));
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
    put: (item) => {
      items.set(item.client_id, item);
      write();
    },
    drop: (id) => {
      if (items.delete(id)) write();
    },
  };
}
