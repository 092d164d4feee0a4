// The sidebar: who one is, the conversations, the colours.

import { h, icon, iconButton } from "./dom.js";
import { openMenu } from "./elements.js";
import { avatar } from "./message.js";
import { become, nameOf, store } from "./store.js";

export function renderSidebar(node, { channel, choose }) {
  const rooms = [...store.channels.values()].filter((c) => !c.is_im);
  node.replaceChildren(
    h("header", { class: "workspace" }, h("span", { class: "workspace-name" }, store.team), iconButton("theme", "Light or dark", switchTheme)),
    persona(),
    h("div", { class: "rooms" },
      h("h2", {}, "Channels"),
      rooms.map((c) => row(c.id, [h("span", { class: "hash" }, c.is_private ? "◆" : "#"), c.name], channel, choose)),
      h("h2", {}, "Apps"),
      row(store.dm, [avatar(store.bot, "tiny"), nameOf(store.bot)], channel, choose)),
    h("footer", {}, "A local imitation of Slack. Nothing leaves this machine."),
  );
}

function row(id, label, current, choose) {
  const node = h("button", { type: "button", class: "room", onclick: () => choose(id) }, h("span", {}, label));
  if (id === current) node.setAttribute("aria-current", "page");
  if (store.unread.has(id)) node.classList.add("unread");
  return node;
}

function persona() {
  const user = store.users.get(store.user);
  const menu = personaMenu();
  const opener = h("button", { type: "button", class: "persona", "aria-haspopup": "dialog", onclick: () => {
    openMenu(menu, opener);
    menu.querySelector("input, button")?.focus();
  } },
    avatar(store.user, "small"),
    h("span", { class: "persona-text" }, h("span", {}, "You are: ", h("b", {}, user.real_name)), h("small", {}, user.title || user.email)),
    icon("chevron"));
  return h("div", {}, opener, menu);
}

function personaMenu() {
  const people = [...store.users.values()].filter((u) => !u.is_bot && !u.deleted);
  const menu = h("div", { class: "menu personas", popover: "auto", role: "dialog", "aria-label": "Choose a person", onkeydown: move });
  const rows = people.map((u) =>
    h("button", { type: "button", class: "menu-item", onclick: () => (menu.hidePopover(), become(u.id)) },
      avatar(u.id, "small"), h("span", {}, h("b", {}, u.real_name), h("small", {}, u.title || u.email))));
  const search = h("input", { class: "field", placeholder: "Find a person", "aria-label": "Find a person", oninput: () => {
    const wanted = search.value.toLowerCase();
    people.forEach((u, i) => (rows[i].hidden = !`${u.real_name} ${u.title}`.toLowerCase().includes(wanted)));
  } });
  menu.append(people.length > 8 ? search : "", ...rows);
  return menu;
}

// The arrow keys lead from the search field through the people that it leaves.
function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const stops = [...event.currentTarget.querySelectorAll("input, button:not([hidden])")];
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length]?.focus();
}

function switchTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const now = ["light", "dark"].includes(root.style.colorScheme) ? root.style.colorScheme : system;
  root.style.colorScheme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.style.colorScheme);
}
