// What the chosen person sees of the workspace, kept up to date by server-sent events.

import { notice } from "./dom.js";

export const store = {
  user: null,
  // Whether somebody chose this person; before that, nothing of theirs is drawn.
  chosen: false,
  users: new Map(),
  channels: new Map(),
  messages: new Map(),
  statuses: new Map(),
  titles: new Map(),
  prompts: new Map(),
  unread: new Set(),
  commands: [],
  faces: [],
  shortcuts: [],
  sentences: { direct: [], rooms: [] },
  modal: null,
  home: null,
  team: "",
  bot: "",
  dm: "",
};

const listeners = new Set();
let source = null;
let loads = 0;

export function subscribe(listener) {
  listeners.add(listener);
}

export function announce(change) {
  for (const listener of listeners) listener(change);
}

export async function post(act, body) {
  const response = await fetch(`page/${act}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: store.user, ...body }),
  }).catch(() => null);
  const answer = response ? await response.json().catch(() => ({})) : {};
  if (!answer.ok) notice(answer.error ? `Slack says: ${answer.error}` : "The demo does not answer. Is it running?");
  return answer;
}

export async function become(user) {
  // What the person before still hears must not load them again.
  source?.close();
  if (store.user && user !== store.user) await post("become", { user });
  await load(user);
  if (!store.chosen) return;
  sessionStorage.setItem("user", store.user);
  localStorage.setItem("user", store.user);
  listen();
}

async function load(user) {
  const latest = ++loads;
  const query = user ? `?user=${encodeURIComponent(user)}` : "";
  const response = await fetch(`page/state${query}`);
  if (response.status === 404 && user) return load(null);
  const state = await response.json();
  if (latest !== loads) return;
  const { users, channels, messages, statuses, titles, prompts, ...plain } = state;
  Object.assign(store, plain, { chosen: Boolean(user) || !plain.faces.length });
  store.users = new Map(users.map((u) => [u.id, u]));
  store.channels = new Map(channels.map((c) => [c.id, c]));
  store.messages = new Map(messages.map((m) => [keyOf(m), m]));
  store.statuses = new Map(statuses.map((s) => [placeOf(s), s]));
  store.titles = new Map(titles.map((t) => [placeOf(t), t]));
  store.prompts = new Map(prompts.map((p) => [placeOf(p), p]));
  announce({ type: "everything" });
}

function listen() {
  source?.close();
  source = new EventSource(`page/changes?user=${encodeURIComponent(store.user)}`);
  let wasOpen = false;
  source.onopen = () => {
    document.body.classList.remove("offline");
    // After a break, changes may have been missed.
    if (wasOpen) load(store.user);
    wasOpen = true;
  };
  source.onerror = () => document.body.classList.add("offline");
  source.onmessage = (event) => take(JSON.parse(event.data));
}

function take(change) {
  const act = {
    message: () => store.messages.set(keyOf(change.message), change.message),
    message_gone: () => store.messages.delete(keyOf(change)),
    status: () => store.statuses.set(placeOf(change), change),
    title: () => store.titles.set(placeOf(change), change),
    views: () => Object.assign(store, { modal: change.modal, home: change.home }),
    channels: () => load(store.user),
    // To load everything would open the direct message again, and the app would set them again.
    prompts: () => store.prompts.set(placeOf(change), change),
  }[change.type];
  act?.();
  announce(change);
}

export function keyOf(message) {
  return `${message.channel}/${message.ts}/${message.only_for ?? ""}`;
}

export function placeOf(about) {
  return `${about.channel}/${about.thread_ts ?? ""}`;
}

export function messagesIn(channel) {
  const found = [...store.messages.values()].filter((m) => m.channel === channel && !isReply(m));
  return found.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

export function threadOf(channel, root) {
  const found = [...store.messages.values()].filter(
    (m) => m.channel === channel && (m.ts === root || m.thread_ts === root),
  );
  return found.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

export function isReply(message) {
  return Boolean(message.thread_ts && message.thread_ts !== message.ts);
}

export function statusOf(channel, root) {
  return store.statuses.get(`${channel}/${root}`)?.status ?? "";
}

export function titleOf(channel, root) {
  return store.titles.get(`${channel}/${root}`)?.title ?? "";
}

export function nameOf(user) {
  return store.users.get(user)?.real_name ?? user;
}

export function channelName(channel) {
  return channel.is_im ? nameOf(store.bot) : channel.name;
}
