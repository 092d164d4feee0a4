// One message: its author, its content, and what can be done with it.

import { blocks } from "./blocks.js";
import { h, icon, iconButton } from "./dom.js";
import { Place } from "./elements.js";
import { mrkdwn } from "./mrkdwn.js";
import { isReply, nameOf, post, statusOf, store } from "./store.js";

const GROUP_SECONDS = 300;
const HUES = [12, 150, 205, 265, 320, 45, 180, 235];

export function avatar(userId, size = "") {
  const user = store.users.get(userId);
  const node = h("span", { class: `avatar ${size}`, "aria-hidden": "true" });
  if (user?.is_bot) {
    node.classList.add("bot");
    node.append(h("img", { src: "static/icon.svg", alt: "" }));
    return node;
  }
  const name = user?.real_name ?? "?";
  node.textContent = name.split(/\s+/).map((w) => w[0]).slice(0, 2).join("");
  const number = [...userId].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7);
  node.style.setProperty("--hue", HUES[Math.abs(number) % HUES.length]);
  return node;
}

export function time(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function day(ts) {
  const date = new Date(Number(ts) * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

// Messages of one author that follow closely stand under one name.
export function follows(message, before) {
  return Boolean(before) && before.user === message.user && message.ts - before.ts < GROUP_SECONDS
    && !before.only_for && !message.only_for && day(before.ts) === day(message.ts);
}

export function messageNode(message, { grouped, inThread, openThread }) {
  const node = h("article", { class: "message", "data-ts": message.ts });
  if (message.only_for) node.classList.add("ephemeral");
  if (grouped) node.classList.add("grouped");
  node.append(
    grouped ? h("time", { class: "gutter" }, time(message.ts)) : avatar(message.user),
    h("div", { class: "message-body" },
      message.only_for && onlyYou(message),
      !grouped && heading(message),
      content(message),
      !inThread && !message.only_for && footer(message, openThread)),
  );
  const possible = message.only_for ? null : tools(message, node, inThread ? null : openThread);
  if (possible) node.append(possible);
  return node;
}

function heading(message) {
  const user = store.users.get(message.user);
  return h("div", { class: "message-head" },
    h("span", { class: "author" }, nameOf(message.user)),
    user?.is_bot && h("span", { class: "badge" }, "APP"),
    h("time", { title: new Date(message.ts * 1000).toLocaleString() }, time(message.ts)));
}

function onlyYou(message) {
  const dismiss = () => post("dismiss", { channel: message.channel, ts: message.ts });
  return h("div", { class: "only-you" }, icon("eye"), "Only visible to you",
    h("button", { type: "button", class: "text-button", onclick: dismiss }, "Dismiss"));
}

function content(message) {
  const place = new Place({ channel: message.channel, ts: message.ts });
  const own = message.blocks?.length ? blocks(message.blocks, place) : [h("div", { class: "block" }, mrkdwn(message.text))];
  const edited = message.edited && !store.users.get(message.user)?.is_bot && h("span", { class: "edited" }, "(edited)");
  const streaming = message.streaming && h("span", { class: "caret", "aria-label": "writing" });
  return h("div", { class: "content" }, own, edited, streaming, (message.attachments ?? []).map((a) => attachment(a, place)));
}

function attachment(part, place) {
  const inside = part.blocks?.length ? blocks(part.blocks, place) : mrkdwn(part.text ?? part.fallback ?? "");
  const node = h("div", { class: "attachment" }, part.pretext && mrkdwn(part.pretext), part.title && h("strong", {}, part.title), inside);
  if (/^#?[0-9a-f]{6}$/i.test(part.color ?? "")) {
    node.style.borderColor = part.color.startsWith("#") ? part.color : `#${part.color}`;
  }
  return node;
}

function footer(message, openThread) {
  const status = statusOf(message.channel, message.ts);
  if (!message.reply_count && !status) return null;
  const open = () => openThread(message.ts);
  return h("div", { class: "message-foot" },
    message.reply_count && h("button", { type: "button", class: "replies", onclick: open },
      message.reply_users.slice(0, 4).map((u) => avatar(u, "tiny")),
      h("b", {}, message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`),
      h("span", { class: "muted" }, `Last reply ${time(message.latest_reply)}`)),
    status && h("button", { type: "button", class: "status", onclick: open }, statusText(status)));
}

export function statusText(status) {
  return [h("span", { class: "dots", "aria-hidden": "true" }), `${nameOf(store.bot)} ${status}`];
}

function tools(message, node, openThread) {
  const own = message.user === store.user;
  const shortcuts = store.shortcuts.filter((s) => s.of_message);
  if (!own && !openThread && !shortcuts.length) return null;
  const where = { channel: message.channel, ts: message.ts };
  return h("div", { class: "message-tools" },
    shortcuts.map((s) => iconButton("plus", s.name, () => post("message_shortcut", { ...where, callback_id: s.callback_id }))),
    openThread && !isReply(message) && iconButton("reply", "Reply in thread", () => openThread(message.ts)),
    own && iconButton("edit", "Edit message", () => editInPlace(message, node)),
    own && iconButton("trash", "Delete message", () => post("delete", where)));
}

function editInPlace(message, node) {
  const shown = node.querySelector(".content");
  const area = h("textarea", { class: "field", value: typed(message.text), rows: 3 });
  const stop = () => form.replaceWith(shown);
  const save = async () => {
    const text = area.value.trim();
    if (text) await post("edit", { channel: message.channel, ts: message.ts, text });
    else stop();
  };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") (event.stopPropagation(), stop());
    if (event.key === "Enter" && !event.shiftKey) (event.preventDefault(), save());
  });
  const form = h("div", { class: "edit" }, area, h("div", { class: "edit-foot" },
    h("button", { type: "button", class: "block-button", onclick: stop }, "Cancel"),
    h("button", { type: "button", class: "block-button primary", onclick: save }, "Save")));
  shown.replaceWith(form);
  area.focus();
}

// The stored text as its author typed it.
function typed(text) {
  return text
    .replace(/<@(\w+)>/g, (_, id) => `@${store.users.get(id)?.name ?? id}`)
    .replace(/<#\w+\|([^>]+)>/g, "#$1")
    .replace(/<([^>|]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
