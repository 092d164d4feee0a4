// A list of messages that renders only what changed and stays at the end while one reads there.

import { h } from "./dom.js";
import { day, follows, messageNode } from "./message.js";
import { keyOf } from "./store.js";

export class Feed {
  constructor(options) {
    this.options = options;
    this.node = h("div", { class: "feed", role: "log", tabIndex: 0, "aria-label": options.inThread ? "Thread" : "Messages" });
    this.shown = new Map();
  }

  clear() {
    this.shown.clear();
    this.node.replaceChildren();
  }

  // `tail` are nodes below the last message, such as a status.
  show(messages, { head = [], tail = [] } = {}) {
    const atEnd = this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
    const first = !this.shown.size;
    const fresh = new Map();
    const nodes = [...head];
    messages.forEach((message, i) => {
      const before = messages[i - 1];
      if (this.options.days && day(message.ts) !== (before && day(before.ts))) {
        nodes.push(h("div", { class: "day" }, h("span", {}, day(message.ts))));
      }
      const entry = this.entry(message, before);
      fresh.set(keyOf(message), entry);
      nodes.push(entry.node);
    });
    const last = messages.at(-1);
    const fromStart = last && this.startInSight(last);
    this.shown = fresh;
    const refocus = this.focusInMessage();
    this.replace([...nodes, ...tail]);
    refocus();
    if (atEnd || first) fromStart ? this.toStart(fresh.get(keyOf(last)).node) : this.toEnd();
  }

  // Whether one sees where the message begins, or has not seen the message at all.
  startInSight(message) {
    const known = this.shown.get(keyOf(message));
    return !known || this.topOf(known.node) >= this.node.scrollTop;
  }

  topOf(node) {
    return node.getBoundingClientRect().top - this.node.getBoundingClientRect().top + this.node.scrollTop;
  }

  entry(message, before) {
    const grouped = follows(message, before);
    const mark = JSON.stringify([message, grouped, this.options.mark?.(message)]);
    const known = this.shown.get(keyOf(message));
    if (known?.mark === mark) return known;
    return { mark, node: messageNode(message, { ...this.options, grouped }) };
  }

  // Nodes that stay are not moved, so that focus and open menus survive.
  replace(nodes) {
    const kept = new Set(nodes);
    for (const child of [...this.node.childNodes]) if (!kept.has(child)) child.remove();
    nodes.forEach((node, i) => {
      if (this.node.childNodes[i] !== node) this.node.insertBefore(node, this.node.childNodes[i] ?? null);
    });
  }

  // Where a message is rendered anew, the focus goes to the control of the same name.
  focusInMessage() {
    const active = document.activeElement;
    const message = active.closest(".message");
    if (!message || !this.node.contains(message)) return () => {};
    const name = nameOf(active);
    return () => {
      if (active.isConnected) return;
      const controls = this.find(message.dataset.ts)?.querySelectorAll("button, a, summary") ?? [];
      ([...controls].find((each) => nameOf(each) === name) ?? this.node).focus();
    };
  }

  // To the end, but no further than the start of the last message: a long answer is read from there.
  toStart(node) {
    requestAnimationFrame(() => (this.node.scrollTop = this.topOf(node)));
  }

  toEnd() {
    requestAnimationFrame(() => (this.node.scrollTop = this.node.scrollHeight));
  }

  find(ts) {
    return this.node.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  }
}

function nameOf(control) {
  return control.getAttribute("aria-label") ?? control.innerText;
}
