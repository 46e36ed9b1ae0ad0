// The page of the protocol: reads the two documents that the server makes from its own types, and shows them.
import { el } from '../kernel/el.js';
import { fieldsOf, prose, shapeOf, typeOf } from './schema.js';

/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {Record<string, any>} Doc */
/** @typedef {{ id: string, title: string, items: Array<{ id: string, name: string }>, body: Node }} Section */

/** The last part of a reference. @param {string} reference */
const lastOf = (reference) => reference.split('/').at(-1) ?? '';

/** @param {string} path @returns {Promise<Doc>} */
async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** @param {Schema | undefined} schema @param {Doc} shapes @returns {Node} what stands in an object, one field a row */
function fields(schema, shapes) {
  const shape = schema && shapeOf(schema);
  const found = fieldsOf(shape ? shapes[shape] : (schema ?? {}));
  if (found.length === 0) return el('p', { class: 'none' }, ...(schema && !schema.properties && shapes[shape ?? '']?.type !== 'object' ? typeOf(shape ? shapes[shape] : schema) : ['Nothing.']));
  return el('dl', { class: 'fields' }, found.map(({ name, schema: field, always }) => [
    el('dt', null, el('code', null, name), !always && el('small', null, 'optional')),
    el('dd', null, el('span', { class: 'type' }, typeOf(field)), el('span', null, prose(field.description))),
  ]));
}

/** @param {string} title @param {Schema | undefined} schema @param {Doc} shapes */
function part(title, schema, shapes) {
  const shape = schema && shapeOf(schema);
  return el('div', { class: 'part' }, el('h4', null, ...prose(title), shape && [' ', el('a', { href: `#shape-${shape}` }, shape)]), fields(schema, shapes));
}

/** A frame as people write it: its name before its content. @param {Doc} frame */
const inOrder = (frame) => Object.fromEntries(['id', 'op', 'ev', 'log', 'prev', 'rev', 'd', 'ok'].filter((name) => name in frame).map((name) => [name, frame[name]]));

/** @param {Array<{ payload: any }> | undefined} examples */
function examples(examples) {
  if (!examples?.length) return null;
  return el('details', null, el('summary', null, 'Examples'), examples.map(({ payload }) => el('pre', { tabindex: '0' }, JSON.stringify(inOrder(payload), null, 2))));
}

/** @param {string} id @param {string} name @param {string} says @param {...any} parts */
function entry(id, name, says, ...parts) {
  return el('article', { id }, el('h3', null, el('a', { href: `#${id}` }, el('code', null, name))), el('p', null, prose(says)), parts);
}

/** @param {Doc} socket @returns {Section[]} */
function ofSocket(socket) {
  const { schemas: shapes, messages } = socket.components;
  const all = socket['x-order'].map((/** @type {string} */ name) => ({ name, id: `socket-${name}`, ...socket.operations[name] }));
  const named = (/** @type {any} */ one) => messages[lastOf(one.messages[0].$ref)];
  const asked = all.filter((/** @type {any} */ one) => one.action === 'receive');
  const told = all.filter((/** @type {any} */ one) => one.action === 'send');
  const ops = asked.map((/** @type {any} */ one) => {
    const [request, answer] = [named(one), messages[lastOf(one.reply.messages[0].$ref)]];
    return entry(one.id, one.name, one.summary, part('Request `d`', request.payload.properties.d, shapes), part('Answer `ok`', answer.payload.properties.ok, shapes), examples([...(request.examples ?? []), ...(answer.examples ?? [])]));
  });
  const pushes = told.map((/** @type {any} */ one) => {
    const { payload, examples: frames } = named(one);
    const beside = fieldsOf(payload).map((field) => field.name).filter((name) => name !== 'd');
    const d = payload.properties.d;
    return entry(one.id, one.name, one.summary, el('p', { class: 'none' }, ...prose(`Fields of the frame: ${[...beside, ...(d ? ['d'] : [])].map((name) => `\`${name}\``).join(', ')}.`)), d && part('Content `d`', d, shapes), examples(frames));
  });
  return [
    { id: 'operations', title: 'Operations', items: asked, body: el('div', null, el('p', null, prose(socket.info.description)), ops) },
    { id: 'pushes', title: 'Pushes', items: told, body: el('div', null, pushes) },
  ];
}

/** @param {Doc} http @returns {Section} */
function ofHttp(http) {
  const shapes = http.components.schemas;
  const all = Object.entries(http.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, one]) => ({ id: `http-${one.operationId}`, name: `${verb.toUpperCase()} ${path}`, ...one })));
  const schemaIn = (/** @type {any} */ content) => content?.['application/json']?.schema;
  const body = all.map((one) => entry(
    one.id, one.name, one.summary,
    one.security && el('p', { class: 'none' }, 'For somebody who is signed in: by a bearer token, or by the cookie.'),
    one.parameters?.length && el('p', { class: 'none' }, ...prose(`Parameters: ${one.parameters.map((/** @type {any} */ param) => `\`${param.name}\` (${param.in})`).join(', ')}.`)),
    one.requestBody && part('Body', schemaIn(one.requestBody.content), shapes),
    Object.entries(one.responses).filter(([status]) => status !== 'default').map(([status, answer]) => (schemaIn(answer.content) ? part(`Answer ${status}`, schemaIn(answer.content), shapes) : el('p', { class: 'none' }, `Answer ${status}${answer.content ? `, ${Object.keys(answer.content)[0]}` : ', without a body'}.`))),
  ));
  return { id: 'http', title: 'HTTP', items: all, body: el('div', null, el('p', null, prose(http.info.description)), body) };
}

/** @param {Doc} shapes @returns {Section} */
function ofShapes(shapes) {
  const all = Object.entries(shapes).sort(([a], [b]) => a.localeCompare(b)).map(([name, schema]) => ({ id: `shape-${name}`, name, schema }));
  const body = all.map(({ id, name, schema }) => entry(id, name, schema.description ?? '', schema.properties ? fields(schema, shapes) : el('p', { class: 'none type' }, typeOf(schema))));
  return { id: 'shapes', title: 'Shapes', items: all, body: el('div', null, body) };
}

/** @param {any[]} codes @param {(one: any) => string} about */
function codes(codes, about) {
  return el('article', null, el('dl', { class: 'fields' }, codes.map((one) => [
    el('dt', null, el('code', null, String(one.code))),
    el('dd', null, el('span', { class: 'type' }, prose(about(one))), el('span', null, prose(one.says))),
  ])));
}

/** @param {Doc} socket @returns {Section[]} */
function ofCodes(socket) {
  const error = (/** @type {any} */ one) => `HTTP ${one.status}${one.retryable ? ', may succeed when tried again' : ''}`;
  const close = (/** @type {any} */ one) => `\`${one.reason}\`, ${one.comes_back ? 'come back and resume' : 'do not come back'}`;
  return [
    { id: 'errors', title: 'Error codes', items: [], body: codes(socket['x-error-codes'], error) },
    { id: 'closes', title: 'Close codes', items: [], body: codes(socket['x-close-codes'], close) },
  ];
}

/** @param {Section[]} sections */
function contents(sections) {
  const list = sections.map(({ id, title, items }) => el('li', null, el('a', { href: `#${id}` }, title), items.length > 0 && el('ul', null, items.map((item) => el('li', null, el('a', { href: `#${item.id}` }, item.name))))));
  const open = matchMedia('(min-width: 900px)').matches;
  return el('nav', { 'aria-label': 'Contents' }, el('details', { open }, el('summary', null, 'Contents'), el('ul', null, list)));
}

async function show() {
  const place = /** @type {HTMLElement} */ (document.getElementById('docs'));
  try {
    const [socket, http] = await Promise.all([read('/docs/asyncapi.json'), read('/docs/openapi.json')]);
    const shapes = { ...http.components.schemas, ...socket.components.schemas };
    const sections = [...ofSocket(socket), ofHttp(http), ofShapes(shapes), ...ofCodes(socket)];
    place.replaceChildren(contents(sections), el('main', null, sections.map(({ id, title, body }) => el('section', { id }, el('h2', null, title), body))));
    // What the address names was not there yet when the browser looked for it.
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  } catch (thrown) {
    place.replaceChildren(el('p', { role: 'alert' }, `The documents could not be read (${String(thrown)}). Reload to try again.`));
  }
}

show();
