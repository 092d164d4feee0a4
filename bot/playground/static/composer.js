// Where one writes: grows with the text, completes mentions and commands, sends with Enter.

import { offersFor } from "./completion.js";
import { h, iconButton, notice } from "./dom.js";
import { openMenu } from "./elements.js";
import { avatar } from "./message.js";
import { post, store } from "./store.js";

export class Composer {
  // `where` gives the channel and thread_ts to write to.
  constructor(label, where) {
    this.where = where;
    this.drafts = new Map();
    this.area = h("textarea", { rows: 1, "aria-label": label, "aria-autocomplete": "list",
      oninput: () => this.changed(), onkeydown: (event) => this.key(event), onblur: () => this.close() });
    this.offers = h("div", { class: "completion", role: "listbox", "aria-label": "Offers", hidden: true });
    this.button = iconButton("send", "Send", () => this.send());
    this.button.classList.add("send");
    this.node = h("form", { class: "composer", onsubmit: (event) => (event.preventDefault(), this.send()) },
      this.offers, shortcuts(), this.area, this.button);
    this.close();
  }

  // Another conversation has its own draft.
  show(key, placeholder) {
    if (this.keyName !== key) {
      if (this.keyName) this.drafts.set(this.keyName, this.area.value);
      this.keyName = key;
      this.area.value = this.drafts.get(key) ?? "";
      this.changed();
    }
    this.area.placeholder = placeholder;
  }

  fill(text) {
    this.area.value = text;
    this.changed();
    this.close();
    this.area.focus();
    this.area.setSelectionRange(text.length, text.length);
  }

  say(text) {
    this.fill(text);
    return this.send();
  }

  changed() {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight, 220)}px`;
    this.button.disabled = !this.area.value.trim();
    this.offer();
  }

  async send() {
    const text = this.area.value.trim();
    if (!text) return;
    const command = text.match(/^(\/\S+)\s*([\s\S]*)$/);
    if (command && !this.isCommand(command[1])) return notice(`${command[1]} is not a command here.`);
    this.fill("");
    const { channel, thread_ts } = this.where();
    const answer = command
      ? await post("command", { channel, name: command[1], text: command[2] })
      : await post("say", { channel, text, thread_ts });
    if (!answer.ok) this.fill(text);
    else if (answer.ts) this.onsent?.(answer.ts);
  }

  isCommand(name) {
    return name === "/invite" || store.commands.some((c) => c.name === name);
  }

  // ---- completion

  offer() {
    const caret = this.area.selectionStart;
    const { length, offers } = offersFor(this.area.value.slice(0, caret));
    if (!offers.length || document.activeElement !== this.area) return this.close();
    this.found = { length, offers, at: 0 };
    this.offers.replaceChildren(...offers.map((o, i) => this.row(o, i)));
    this.offers.hidden = false;
    this.mark();
  }

  row(offer, i) {
    // On mousedown, because a click comes after the field has lost its focus.
    const onmousedown = (event) => (event.preventDefault(), this.choose(i));
    return h("div", { class: "completion-row", role: "option", onmousedown },
      offer.user && avatar(offer.user, "tiny"),
      h("b", {}, offer.title), h("code", {}, offer.hint), h("span", { class: "muted" }, offer.detail));
  }

  mark() {
    [...this.offers.children].forEach((row, i) => row.setAttribute("aria-selected", i === this.found.at));
    this.offers.children[this.found.at].scrollIntoView({ block: "nearest" });
  }

  choose(i) {
    const { length, offers } = this.found;
    const caret = this.area.selectionStart;
    this.area.setRangeText(offers[i].insert, caret - length, caret, "end");
    this.changed();
    this.close();
  }

  close() {
    this.found = null;
    this.offers.hidden = true;
  }

  key(event) {
    if (event.isComposing) return;
    if (this.found && this.completionKey(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  completionKey(event) {
    const { offers, at, length } = this.found;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.found.at = (at + step + offers.length) % offers.length;
      this.mark();
      return true;
    }
    if (event.key === "Escape") return event.stopPropagation(), this.close(), true;
    // A command typed in full is sent by Enter, not completed once more.
    const whole = this.area.value.slice(this.area.selectionStart - length, this.area.selectionStart);
    if (event.key === "Enter" && whole === offers[at].insert.trim()) return false;
    if (event.key === "Enter" || event.key === "Tab") return this.choose(at), true;
    return false;
  }
}

// The button with the app's shortcuts that need no message.
function shortcuts() {
  const menu = h("div", { class: "menu", popover: "auto" });
  const opener = iconButton("plus", "Shortcuts", () => {
    menu.replaceChildren(...store.shortcuts.filter((s) => !s.of_message).map((s) =>
      h("button", { type: "button", class: "menu-item", onclick: () => (menu.hidePopover(), post("shortcut", { callback_id: s.callback_id })) }, s.name)));
    openMenu(menu, opener);
    menu.querySelector("button")?.focus();
  });
  return h("span", {}, opener, menu);
}
