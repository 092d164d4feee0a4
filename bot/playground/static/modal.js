// Modals: the view on top of the stack, its inputs, and what the app says about them.

import { blocks } from "./blocks.js";
import { h, iconButton, notice } from "./dom.js";
import { Place } from "./elements.js";
import { plainWithEmoji } from "./mrkdwn.js";
import { post, store, subscribe } from "./store.js";

let dialog = null;
let shown = null;

subscribe(({ type }) => {
  if (type === "views" || type === "everything") show(store.modal);
});

function show(view) {
  if (!view) return hide();
  if (shown && shown.view.hash === view.hash && shown.view.id === view.id) return;
  // What was typed stays when the app updates the same view.
  const values = shown?.view.id === view.id ? shown.place.values : {};
  shown = { view, place: new Place({ view: view.id }, values) };
  if (!dialog) {
    dialog = h("dialog", { class: "dialog", oncancel: (event) => (event.preventDefault(), close()) });
    document.body.append(dialog);
    dialog.showModal();
  }
  dialog.replaceChildren(form(view));
  dialog.querySelector("form input, form textarea, form select")?.focus();
}

function hide() {
  dialog?.close();
  dialog?.remove();
  dialog = shown = null;
}

function close() {
  post("close_view", { view: shown.view.id });
}

function form(view) {
  const submit = view.submit && h("button", { type: "submit", class: "block-button primary" }, view.submit.text);
  return h("form", { class: "modal", noValidate: true, onsubmit: (event) => (event.preventDefault(), send(submit)) },
    h("header", { class: "dialog-head" }, h("h2", {}, plainWithEmoji(view.title?.text ?? "")), iconButton("close", "Close", close)),
    h("div", { class: "dialog-body" }, blocks(view.blocks, shown.place)),
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "block-button", onclick: close }, view.close?.text ?? "Close"), submit));
}

async function send(submit) {
  const { view, place } = shown;
  const missing = view.blocks.filter((b) => b.type === "input" && !b.optional && isEmpty(place, b));
  showErrors(Object.fromEntries(missing.map((b) => [b.block_id, "Please complete this required field."])));
  if (missing.length) return;
  submit.classList.add("busy");
  const answer = await post("submit", { view: view.id, state: inputState(view, place) });
  submit.classList.remove("busy");
  if (answer.ok && !answer.acknowledged) notice("We had some trouble connecting. Try again?");
  if (answer.answer?.response_action === "errors") showErrors(answer.answer.errors);
}

function isEmpty(place, block) {
  const { type: _, ...chosen } = place.recall(block, block.element) ?? {};
  return Object.values(chosen).every((value) => !value || value.length === 0);
}

// Only blocks that the view still has count.
function inputState(view, place) {
  const ids = new Set(view.blocks.map((b) => b.block_id));
  return Object.fromEntries(Object.entries(place.values).filter(([id]) => ids.has(id)));
}

function showErrors(errors) {
  for (const node of dialog.querySelectorAll("[data-block]")) {
    const text = errors[node.dataset.block] ?? "";
    node.classList.toggle("has-error", Boolean(text));
    node.querySelector(".input-error").textContent = text;
  }
  dialog.querySelector(".has-error")?.scrollIntoView({ block: "nearest" });
}
