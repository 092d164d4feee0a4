// The empty state: sentences to try, as chips that send them.

import { h } from "./dom.js";
import { channelName, nameOf, store } from "./store.js";

export function suggestions(channel, say) {
  const bot = store.users.get(store.bot);
  const where = channel.is_im
    ? `This is your conversation with ${nameOf(store.bot)}. Only the two of you read it.`
    : `This is the start of #${channelName(channel)}. Mention @${bot.name} to ask the desk; others read the answer.`;
  const chip = ({ title, message }) =>
    h("button", { type: "button", class: "chip", onclick: () => say(channel.is_im ? message : `@${bot.name} ${message}`) }, title);
  return h("section", { class: "empty" },
    h("h2", {}, channel.is_im ? nameOf(store.bot) : `#${channelName(channel)}`),
    h("p", {}, where),
    h("p", { class: "muted" }, "Try one of these:"),
    h("div", { class: "chips" }, promptsFor(channel).map(chip)));
}

// Below the prompts that the app has set for the direct message, others that it does not set.
function promptsFor(channel) {
  const set = [...store.prompts.values()].find((p) => p.channel === channel.id);
  const ours = store.sentences[channel.is_im ? "direct" : "rooms"];
  return [...(set?.prompts ?? []), ...ours.map((sentence) => ({ title: sentence, message: sentence }))];
}
