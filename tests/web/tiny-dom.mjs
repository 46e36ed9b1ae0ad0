// As much of a document as the kernel touches, and no more: enough to test it without a browser. The real one is in tests/e2e.

class Node {
  constructor() {
    this.childNodes = [];
    this.parentNode = null;
  }
  get firstChild() {
    return this.childNodes[0] ?? null;
  }
  get nextSibling() {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }
  remove() {
    const siblings = this.parentNode?.childNodes;
    if (siblings) siblings.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
  }
  insertBefore(node, before) {
    const nodes = node instanceof DocumentFragment ? [...node.childNodes] : [node];
    for (const one of nodes) {
      one.remove();
      const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
      this.childNodes.splice(at, 0, one);
      one.parentNode = this;
      moves.count++;
    }
    return node;
  }
  appendChild(node) {
    return this.insertBefore(node, null);
  }
  append(...nodes) {
    for (const node of nodes) this.appendChild(node);
  }
  replaceChildren() {
    for (const node of [...this.childNodes]) node.remove();
  }
  get textContent() {
    return this.childNodes.map((node) => node.textContent).join('');
  }
}
class Text extends Node {
  constructor(data) {
    super();
    this.data = data;
  }
  get textContent() {
    return this.data;
  }
}
class Comment extends Node {
  get textContent() {
    return '';
  }
}
class DocumentFragment extends Node {}
class Element extends Node {
  constructor(tag) {
    super();
    this.tag = tag;
    this.attributes = new Map();
    this.listeners = new Map();
  }
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  removeAttribute(name) {
    this.attributes.delete(name);
  }
  addEventListener(name, listener) {
    this.listeners.set(name, listener);
  }
  get children() {
    return this.childNodes.filter((node) => node instanceof Element);
  }
}

export const moves = { count: 0 };
Object.assign(globalThis, {
  Node, Text, Element, DocumentFragment,
  document: {
    createElement: (tag) => new Element(tag),
    createElementNS: (_, tag) => new Element(tag),
    createTextNode: (data) => new Text(data),
    createComment: () => new Comment(),
    createDocumentFragment: () => new DocumentFragment(),
  },
});
