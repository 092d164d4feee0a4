// Interactive elements of Block Kit. `place` says where they stand and keeps what is chosen.

import { confirmDialog } from "./confirm.js";
import { h, icon, notice, safeUrl } from "./dom.js";
import { plainWithEmoji, textObject } from "./mrkdwn.js";
import { post, store } from "./store.js";

// The message or view in which elements stand: where a press goes, and `state.values`.
export class Place {
  constructor(target, values = {}) {
    this.target = target;
    this.values = values;
  }

  remember(block, element, chosen) {
    (this.values[block.block_id] ??= {})[element.action_id] = { type: element.type, ...chosen };
  }

  recall(block, element) {
    return this.values[block.block_id]?.[element.action_id];
  }

  async press(node, block, element, chosen) {
    if (element.confirm && !(await confirmDialog(element.confirm))) return;
    node.classList.add("busy");
    const body = { ...this.target, block_id: block.block_id, action_id: element.action_id, chosen, state: this.values };
    const answer = await post("press", body);
    node.classList.remove("busy");
    if (answer.ok && !answer.acknowledged) notice("The app didn't answer. Try again in a moment.");
  }

  suggest(element, typed) {
    return post("suggest", { ...this.target, action_id: element.action_id, typed });
  }
}

export function element(part, block, place) {
  const build = BUILDERS[part.type];
  return build ? build(part, block, place) : h("span", { class: "unknown" }, `Unknown element: ${part.type}`);
}

const BUILDERS = {
  button,
  workflow_button: button,
  icon_button: (part, block, place) => button({ ...part, text: part.text ?? { text: part.icon } }, block, place),
  overflow,
  static_select: select,
  users_select: select,
  conversations_select: select,
  channels_select: select,
  multi_static_select: manyOf,
  multi_users_select: manyOf,
  multi_conversations_select: manyOf,
  checkboxes: (part, block, place) => choices(part, block, place, "checkbox"),
  radio_buttons: (part, block, place) => choices(part, block, place, "radio"),
  external_select: externalSelect,
  plain_text_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  number_input: textInput,
  datepicker: picker("date", "selected_date", "initial_date"),
  timepicker: picker("time", "selected_time", "initial_time"),
  feedback_buttons: feedback,
  image: (part) => image(part),
};

export function image(part) {
  const src = safeUrl(part.image_url ?? part.slack_file?.url ?? "");
  return h("img", { src, alt: part.alt_text ?? "", title: part.alt_text, loading: "lazy", class: "picture" });
}

function button(part, block, place) {
  const label = plainWithEmoji(part.text.text);
  const look = `block-button ${part.style ?? ""}`;
  const onclick = (event) => place.press(event.currentTarget, block, part, {});
  const shared = { class: look, onclick, "aria-label": part.accessibility_label };
  const href = part.url && safeUrl(part.url);
  if (href) return h("a", { ...shared, href, target: "_blank", rel: "noopener" }, label);
  return h("button", { type: "button", ...shared }, label);
}

function feedback(part, block, place) {
  const one = (which, sign) =>
    h("button", {
      type: "button", class: "icon-button", title: which.text.text, "aria-pressed": "false",
      "aria-label": which.accessibility_label ?? which.text.text,
      onclick: ({ currentTarget: pressed }) => {
        for (const each of both) each.setAttribute("aria-pressed", String(each === pressed));
        place.press(pressed, block, part, { value: which.value, text: which.text });
      },
    }, icon(sign));
  const both = [one(part.positive_button, "up"), one(part.negative_button, "down")];
  return h("span", { class: "feedback", role: "group", "aria-label": "Feedback" }, both);
}

function overflow(part, block, place) {
  const menu = h("div", { class: "menu", popover: "auto" });
  const opener = h("button", { type: "button", class: "block-button overflow", "aria-label": "More actions" }, icon("more"));
  menu.append(...part.options.map((option) =>
    h("button", { type: "button", class: "menu-item", onclick: () => {
      menu.hidePopover();
      place.press(opener, block, part, { selected_option: option });
    } }, textObject(option.text)),
  ));
  opener.addEventListener("click", () => openMenu(menu, opener));
  return h("span", { class: "overflow-frame" }, opener, menu);
}

export function openMenu(menu, opener) {
  menu.showPopover();
  const at = opener.getBoundingClientRect();
  const height = menu.offsetHeight;
  const below = at.bottom + height + 8 < innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
}

// ---- what can be chosen

function optionsOf(part) {
  if (part.type.endsWith("users_select")) return people();
  if (part.type.endsWith("conversations_select") || part.type === "channels_select") return rooms();
  return part.options ?? part.option_groups?.flatMap((g) => g.options) ?? [];
}

function people() {
  const found = [...store.users.values()].filter((u) => !u.deleted && !u.is_bot);
  return found.map((u) => ({ value: u.id, text: { type: "plain_text", text: u.real_name } }));
}

function rooms() {
  const found = [...store.channels.values()].filter((c) => !c.is_im);
  return found.map((c) => ({ value: c.id, text: { type: "plain_text", text: `#${c.name}` } }));
}

// Menus of people and channels keep ids; all others keep the whole option.
const ID_KEYS = {
  users_select: "user", channels_select: "channel", conversations_select: "conversation", multi_users_select: "users",
  multi_conversations_select: "conversations",
};
function keysOf(part, plural = false) {
  const kept = ID_KEYS[part.type] ?? (plural ? "options" : "option");
  return [`selected_${kept}`, `initial_${kept}`, part.type in ID_KEYS];
}

function select(part, block, place) {
  const options = optionsOf(part);
  const [key, initial, byId] = keysOf(part);
  const before = place.recall(block, part)?.[key] ?? part[initial];
  const chosenValue = byId ? before : before?.value;
  const node = h("select", { class: "field field-select" }, h("option", { value: "" }, part.placeholder?.text ?? "Choose…"),
    options.map((o) => h("option", { value: o.value, selected: o.value === chosenValue }, o.text.text)));
  const read = () => {
    const option = options.find((o) => o.value === node.value);
    return { [key]: (byId ? option?.value : option) ?? null };
  };
  return changing(node, part, block, place, read);
}

function manyOf(part, block, place) {
  const options = optionsOf(part);
  const [key, initial, byId] = keysOf(part, true);
  const before = place.recall(block, part)?.[key] ?? part[initial] ?? [];
  const chosen = new Set(before.map((o) => (byId ? o : o.value)));
  const summary = h("summary", { class: "field field-select" });
  const label = () => {
    const names = options.filter((o) => chosen.has(o.value)).map((o) => o.text.text);
    summary.textContent = names.join(", ") || (part.placeholder?.text ?? "Choose…");
  };
  const rows = options.map((o) => {
    const box = h("input", { type: "checkbox", checked: chosen.has(o.value), onchange: () => {
      if (box.checked) chosen.add(o.value);
      else chosen.delete(o.value);
      label();
    } });
    return h("label", { class: "choice" }, box, h("span", {}, textObject(o.text)));
  });
  label();
  const node = h("details", { class: "many" }, summary, h("div", { class: "many-options" }, rows));
  const read = () => {
    const found = options.filter((o) => chosen.has(o.value));
    return { [key]: byId ? found.map((o) => o.value) : found };
  };
  return changing(node, part, block, place, read);
}

function choices(part, block, place, type) {
  const many = type === "checkbox";
  const [key, initial] = keysOf(part, many);
  const before = place.recall(block, part)?.[key] ?? part[initial];
  const values = new Set([before ?? []].flat().map((o) => o.value));
  const group = `${block.block_id}-${part.action_id}`;
  const boxes = part.options.map((o) => h("input", { type, name: group, checked: values.has(o.value) }));
  const node = h("div", { class: "choices" }, part.options.map((o, i) =>
    h("label", { class: "choice" }, boxes[i], h("span", {}, textObject(o.text),
      o.description && h("small", {}, textObject(o.description))))));
  const read = () => {
    const found = part.options.filter((_, i) => boxes[i].checked);
    return { [key]: many ? found : (found[0] ?? null) };
  };
  return changing(node, part, block, place, read);
}

function externalSelect(part, block, place) {
  let option = place.recall(block, part)?.selected_option ?? part.initial_option ?? null;
  const input = h("input", { class: "field", type: "text", autocomplete: "off",
    placeholder: part.placeholder?.text ?? "Type to search…", value: option?.text.text ?? "" });
  const offers = h("div", { class: "offers", hidden: true });
  const node = h("div", { class: "external" }, input, offers);
  const take = (o) => {
    option = o;
    input.value = o.text.text;
    offers.hidden = true;
    node.dispatchEvent(new Event("change"));
  };
  input.addEventListener("change", (event) => event.stopPropagation());
  let asked = 0;
  const ask = async () => {
    option = null;
    place.remember(block, part, { selected_option: null });
    const number = ++asked;
    if (input.value.length < (part.min_query_length ?? 3)) return void (offers.hidden = true);
    const { answer = {} } = await place.suggest(part, input.value);
    if (number !== asked) return;
    const found = answer.options ?? answer.option_groups?.flatMap((g) => g.options) ?? [];
    offers.replaceChildren(...found.map((o) =>
      h("button", { type: "button", class: "menu-item", onclick: () => take(o) }, o.text.text)));
    if (!found.length) offers.append(h("div", { class: "menu-empty" }, "Nothing found"));
    offers.hidden = false;
  };
  input.addEventListener("input", ask);
  input.addEventListener("focus", () => option || ask());
  return changing(node, part, block, place, () => ({ selected_option: option }));
}

function textInput(part, block, place) {
  const before = place.recall(block, part)?.value ?? part.initial_value ?? "";
  const types = { email_text_input: "email", url_text_input: "url", number_input: "text" };
  const shared = { class: "field", placeholder: part.placeholder?.text, value: before,
    maxLength: part.max_length ?? 3000, inputMode: part.type === "number_input" ? "decimal" : "" };
  const node = part.multiline ? h("textarea", { ...shared, rows: 5 }) : h("input", { ...shared, type: types[part.type] ?? "text" });
  node.addEventListener("input", () => place.remember(block, part, { value: node.value || null }));
  return changing(node, part, block, place, () => ({ value: node.value || null }));
}

function picker(type, key, initial) {
  return (part, block, place) => {
    const before = place.recall(block, part)?.[key] ?? part[initial] ?? "";
    const node = h("input", { type, class: "field", value: before });
    return changing(node, part, block, place, () => ({ [key]: node.value || null }));
  };
}

// In an input block a choice waits for the submit, unless the block says otherwise.
function changing(node, part, block, place, read) {
  place.remember(block, part, read());
  node.addEventListener("change", () => {
    const chosen = read();
    place.remember(block, part, chosen);
    const waits = block.type === "input" && !block.dispatch_action;
    if (!waits) place.press(node, block, part, chosen);
  });
  return node;
}
