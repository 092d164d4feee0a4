// Puts the page together: which conversation, thread and tab are open, and when they render.

import { blocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { h, iconButton } from "./dom.js";
import { Place } from "./elements.js";
import { Feed } from "./feed.js";
import { statusText } from "./message.js";
import { askForFace } from "./faces.js";
import "./modal.js";
import { renderSidebar } from "./sidebar.js";
import { become, channelName, messagesIn, nameOf, post, statusOf, store, subscribe, threadOf, titleOf } from "./store.js";
import { suggestions } from "./suggestions.js";

const sidebar = document.getElementById("sidebar");
const conversation = document.getElementById("conversation");
const threadPane = document.getElementById("thread");
const wide = matchMedia("(min-width: 900px)");

const at = { channel: null, thread: null, tab: "messages" };
// The message whose thread opens by itself when the bot takes it up.
let awaited = null;

const feed = new Feed({ days: true, openThread, mark: (m) => statusOf(m.channel, m.ts) });
const threadFeed = new Feed({ inThread: true });
const composer = new Composer("Message", () => ({ channel: at.channel }));
const threadComposer = new Composer("Reply", () => ({ channel: at.channel, thread_ts: at.thread }));
composer.onsent = (ts) => {
  awaited = ts;
  feed.toEnd();
  followAwaited();
};
threadComposer.onsent = () => threadFeed.toEnd();

// ---- where one is

function choose(channel) {
  document.body.classList.remove("sidebar-open");
  if (channel !== at.channel) {
    Object.assign(at, { channel, thread: null, tab: "messages" });
    awaited = null;
    feed.clear();
  }
  store.unread.delete(channel);
  history.replaceState(null, "", `#${channel}`);
  if (channel === store.dm) post("open_home", { tab: at.tab });
  render();
  if (wide.matches) composer.area.focus();
}

function openThread(ts) {
  if (at.thread !== ts) threadFeed.clear();
  at.thread = ts;
  render();
  if (wide.matches) threadComposer.area.focus();
}

function closeThread() {
  at.thread = null;
  awaited = null;
  render();
}

function showTab(tab) {
  at.tab = tab;
  at.thread = null;
  awaited = null;
  post("open_home", { tab });
  feed.clear();
  render();
}

function followAwaited() {
  const message = awaited && messagesIn(at.channel).find((m) => m.ts === awaited);
  if (!message || at.thread) return;
  if (message.reply_count || statusOf(at.channel, awaited)) {
    const { activeElement } = document;
    openThread(awaited);
    activeElement?.focus();
  }
}

// ---- rendering

// A click counts only if it ends where it began: what changes in between is shown after it.
let pressing = false;
let late = false;
addEventListener("pointerdown", () => (pressing = true), { capture: true });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, released, { capture: true });

function released() {
  pressing = false;
  if (late) setTimeout(render);
}

function render() {
  late = pressing;
  if (late) return;
  const channel = store.channels.get(at.channel);
  if (!channel) return;
  renderSidebar(sidebar, { channel: at.channel, choose });
  renderConversation(channel);
  renderThread(channel);
  document.title = channel.is_im ? store.team : `#${channel.name} · ${store.team}`;
}

function renderConversation(channel) {
  const onHome = channel.is_im && at.tab === "home";
  const parts = [header(channel), ...(onHome ? [homeTab()] : [feed.node, composer.node])];
  placeParts(conversation, parts);
  if (onHome) return;
  const messages = messagesIn(channel.id);
  const spoken = messages.some((m) => m.user === store.user || m.only_for === store.user);
  feed.show(messages, { tail: spoken ? [] : [suggestions(channel, (text) => composer.say(text))] });
  composer.show(channel.id, `Message ${channel.is_im ? "" : "#"}${channelName(channel)}`);
}

function renderThread(channel) {
  threadPane.hidden = !at.thread;
  document.body.classList.toggle("thread-open", Boolean(at.thread));
  if (!at.thread) return;
  const where = `${channel.is_im ? "" : "#"}${channelName(channel)}`;
  const about = titleOf(channel.id, at.thread) || where;
  const head = h("header", { class: "pane-head" }, h("h1", {}, "Thread"),
    h("span", { class: "muted topic", title: about }, about), iconButton("close", "Close thread", closeThread));
  placeParts(threadPane, [head, threadFeed.node, threadComposer.node]);
  threadFeed.show(threadOf(channel.id, at.thread), { tail: statusLine(channel) });
  threadComposer.show(`${channel.id}/${at.thread}`, "Reply…");
}

function statusLine(channel) {
  const status = statusOf(channel.id, at.thread);
  if (!status) return [];
  const stop = () => post("stop", { channel: channel.id, ts: at.thread });
  return [h("div", { class: "status-line", role: "status" }, h("span", { class: "status" }, statusText(status)), iconButton("stop", "Stop", stop))];
}

// The head is new each time, with the focus where it was; feeds and composers stay where they are.
function placeParts(pane, [head, ...rest]) {
  const focused = [...pane.querySelectorAll(".pane-head button")].indexOf(document.activeElement);
  const stays = pane.children.length === rest.length + 1 && rest.every((node, i) => pane.children[i + 1] === node);
  if (stays && pane.firstElementChild.isEqualNode(head)) return;
  if (stays) pane.firstElementChild.replaceWith(head);
  else pane.replaceChildren(head, ...rest);
  if (focused >= 0) head.querySelectorAll("button")[focused]?.focus();
}

function header(channel) {
  const openSidebar = () => document.body.classList.toggle("sidebar-open");
  const menu = iconButton("menu", "Conversations", openSidebar);
  menu.classList.add("only-narrow");
  const title = h("h1", {}, channel.is_im ? nameOf(store.bot) : `# ${channel.name}`);
  const about = channel.is_im ? tabs() : h("span", { class: "muted topic" }, channel.topic?.value);
  const shared = channel.is_ext_shared && h("span", { class: "badge" }, "SHARED");
  return h("header", { class: "pane-head" }, menu, title, shared, about);
}

function tabs() {
  const tab = (name, label) =>
    h("button", { type: "button", role: "tab", class: "tab", "aria-selected": String(at.tab === name),
      tabIndex: at.tab === name ? 0 : -1, onclick: () => showTab(name), onkeydown: changeTab }, label);
  return h("div", { role: "tablist", class: "tabs", "aria-label": nameOf(store.bot) }, tab("home", "Home"), tab("messages", "Messages"));
}

// Of two tabs, each arrow leads to the other one.
function changeTab(event) {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  showTab(at.tab === "home" ? "messages" : "home");
  conversation.querySelector("[role=tab][aria-selected=true]").focus();
}

function homeTab() {
  const view = store.home;
  if (!view) return h("section", { class: "home", "aria-label": "Home" }, h("p", { class: "muted" }, `${nameOf(store.bot)} has not filled this tab yet.`));
  return h("section", { class: "home", tabIndex: 0, "aria-label": "Home" }, blocks(view.blocks, new Place({ view: view.id })));
}

// ---- what happens

subscribe((change) => {
  if (!store.chosen) return;
  if (change.type === "everything") return arrive();
  if (change.type === "message") noteUnread(change.message);
  if (change.type === "views" && at.tab !== "home") return;
  render();
  followAwaited();
});

function arrive() {
  const wanted = location.hash.slice(1);
  const known = store.channels.has(at.channel) && at.channel;
  // Everybody has a direct message of their own: on a switch of persona one stays with the bot.
  const own = at.channel?.startsWith("D") ? store.dm : null;
  const channel = known || own || (store.channels.has(wanted) ? wanted : store.dm);
  feed.clear();
  threadFeed.clear();
  if (at.thread && channel !== at.channel) at.thread = null;
  choose(channel);
}

function noteUnread(message) {
  const elsewhere = message.channel !== at.channel && message.user !== store.user;
  if (elsewhere) store.unread.add(message.channel);
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open], :popover-open")) return;
  if (document.body.classList.contains("sidebar-open")) document.body.classList.remove("sidebar-open");
  else if (at.thread) closeThread();
});

addEventListener("hashchange", () => {
  const channel = location.hash.slice(1);
  if (store.channels.has(channel) && channel !== at.channel) choose(channel);
});

conversation.addEventListener("click", () => document.body.classList.remove("sidebar-open"), { capture: true });

await become(sessionStorage.getItem("user") ?? localStorage.getItem("user"));
if (!store.chosen) askForFace(become);
