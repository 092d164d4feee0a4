// What the composer offers while one types: people after @, commands after /.

import { store } from "./store.js";

const MOST = 8;

// The offers for the text before the caret, and how many characters a choice replaces.
export function offersFor(before) {
  const command = before.match(/^\/(\S*)$/);
  if (command) return { length: before.length, offers: commands(command[1]) };
  const person = before.match(/(?:^|\s)@([\w.-]*)$/);
  if (person) return { length: person[1].length + 1, offers: people(person[1]) };
  return { length: 0, offers: [] };
}

function commands(typed) {
  const wanted = `/${typed.toLowerCase()}`;
  return store.commands
    .filter((c) => c.name.toLowerCase().startsWith(wanted))
    .slice(0, MOST)
    .map((c) => ({ insert: `${c.name} `, title: c.name, hint: c.usage_hint, detail: c.description }));
}

function people(typed) {
  const wanted = typed.toLowerCase();
  const names = (u) => [u.name, ...u.real_name.split(/\s+/)].map((n) => n.toLowerCase());
  const rank = (u) => (u.id === store.bot ? 0 : 1);
  return [...store.users.values()]
    .filter((u) => !u.deleted && names(u).some((n) => n.startsWith(wanted)))
    .sort((a, b) => rank(a) - rank(b) || a.real_name.localeCompare(b.real_name))
    .slice(0, MOST)
    .map((u) => ({ insert: `@${u.name} `, title: u.real_name, hint: `@${u.name}`, detail: u.title, user: u.id }));
}
