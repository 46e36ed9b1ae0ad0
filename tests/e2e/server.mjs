// The real server, started for one test file on a port of its own and an empty data folder.
import { spawn, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('../../', import.meta.url).pathname;

/** All of a test's people come from one address within a minute, and only a test of the PIN wants one; every other limit stays as it is delivered. */
const LIMITS = { QUIPU__LIMITS__LOGINS_PER_MINUTE_PER_IP: '0', QUIPU__LIMITS__REGISTERS_PER_MINUTE_PER_IP: '0', QUIPU__WALLET__REQUIRE_PIN: 'false' };

/** @returns {string} */
export function binary() {
  const found = [process.env.QUIPU_BIN, process.env.CARGO_TARGET_DIR && join(process.env.CARGO_TARGET_DIR, 'debug/quipu'), join(ROOT, 'target/debug/quipu')].find((path) => path && existsSync(path));
  if (!found) throw new Error('no server to test: build it, or name it in QUIPU_BIN');
  return found;
}

/** @param {string[]} options more of the command line */
export function startServer(...options) {
  return startServerWith({}, ...options);
}

/** @param {Record<string, string>} settings in the environment @param {string[]} options more of the command line */
export async function startServerWith(settings, ...options) {
  const dir = await mkdtemp(join(tmpdir(), 'quipu-e2e-'));
  let run = await launch(dir, '127.0.0.1:0', settings, options);
  const address = run.url.replace('http://', '');
  return {
    url: run.url,
    dir,
    /** As the power cut does it. */
    kill: () => end(run.child, 'SIGKILL'),
    /** On the same address and folder. */
    restart: async () => {
      run = await launch(dir, address, settings, options);
    },
    /** An operator's command. @param {string[]} args */
    admin: (...args) => promisify(execFile)(binary(), ['admin', ...args, '--data-dir', dir], { cwd: dir }),
    /** @param {string} handle @param {string} amount @param {string} [currency] */
    fund: async (handle, amount, currency = 'CNY') => {
      await promisify(execFile)(binary(), ['admin', 'fund', handle, amount, currency, '--data-dir', dir], { cwd: dir });
    },
    stop: async () => {
      await end(run.child, 'SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** @param {string} dir @param {string} listen @param {Record<string, string>} settings @param {string[]} options */
function launch(dir, listen, settings, options) {
  const child = spawn(binary(), ['--listen', listen, '--data-dir', dir, ...options], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...LIMITS, ...settings } });
  let said = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => (child.kill('SIGKILL'), reject(new Error(`the server did not start:\n${said}`))), 30_000);
    const hear = (/** @type {Buffer} */ data) => {
      said += data;
      const url = /listening on (http:\/\/\S+)/.exec(said)?.[1];
      if (!url) return;
      clearTimeout(late);
      resolve({ child, url });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => (clearTimeout(late), reject(new Error(`the server ended with ${code}:\n${said}`))));
  });
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await over;
}
