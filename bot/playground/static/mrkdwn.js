// Slack's mrkdwn as nodes: mentions, links, emoji, emphasis, code, quotes.

import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { nameOf, store } from "./store.js";

const EDGE_BEFORE = "(?<=^|[\\s(\\[{\"'*_~>—–-])";
const EDGE_AFTER = "(?=$|[\\s)\\]}\"'.,;:!?*_~<—–-])";
const span = (mark) => `${EDGE_BEFORE}\\${mark}(?=\\S)([^\\${mark}\\n]*?\\S)\\${mark}${EDGE_AFTER}`;
const INLINE = new RegExp(
  ["`([^`\\n]+)`", "<([^<>\\n]+)>", ":([a-z0-9_+-]+):", span("*"), span("_"), span("~")].join("|"),
  "g",
);

export function mrkdwn(text) {
  return text.split(/```\n?/).flatMap((part, i) => (i % 2 ? h("pre", {}, plain(part)) : lines(part)));
}

// Quoted lines belong together; all others keep their line breaks.
function lines(text) {
  const nodes = [];
  let quote = null;
  for (const line of text.split("\n")) {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quoted) {
      if (!quote) nodes.push((quote = h("blockquote")));
      else quote.append(h("br"));
      quote.append(...inline(quoted[1]));
    } else {
      if (nodes.length && !quote) nodes.push(h("br"));
      quote = null;
      nodes.push(...inline(line));
    }
  }
  return nodes;
}

export function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const node = token(match);
    if (!node) continue;
    nodes.push(...words(text.slice(end, match.index)), node);
    end = match.index + match[0].length;
  }
  return [...nodes, ...words(text.slice(end))];
}

function token([, code, angle, shortcode, bold, italic, strike]) {
  if (code) return codeNode(plain(code));
  if (angle) return reference(angle);
  if (shortcode) return emojiNode(shortcode);
  if (bold) return h("strong", {}, ...inline(bold));
  if (italic) return h("em", {}, ...inline(italic));
  return h("s", {}, ...inline(strike));
}

// A short one, such as an id, is not broken at its hyphen.
export function codeNode(text) {
  return h("code", { class: text.length < 24 ? "short" : "" }, text);
}

function words(text) {
  return text ? [plain(text)] : [];
}

export function plain(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function emojiNode(name) {
  const sign = emoji(name);
  return sign ? h("span", { class: "emoji", title: `:${name}:` }, sign) : null;
}

function reference(inside) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelMention(target.slice(1), label);
  if (target.startsWith("!date")) return h("time", {}, dateText(target, label));
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${target.slice(1)}`);
  return link(plain(target), plain(label || target));
}

export function mention(user) {
  const own = user === store.user ? " mention-own" : "";
  return h("span", { class: `mention${own}` }, `@${nameOf(user)}`);
}

export function channelMention(id, label) {
  return h("a", { class: "mention", href: `#${id}` }, `#${store.channels.get(id)?.name ?? label ?? id}`);
}

const DATE_FORMS = {
  date_num: { dateStyle: "short" },
  date: { dateStyle: "long" },
  date_short: { dateStyle: "medium" },
  date_long: { dateStyle: "full" },
  date_pretty: { dateStyle: "long" },
  date_short_pretty: { dateStyle: "medium" },
  date_long_pretty: { dateStyle: "full" },
  time: { timeStyle: "short" },
  time_secs: { timeStyle: "medium" },
};

function dateText(target, fallback) {
  const [, seconds, format] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime()) || !format) return fallback ?? target;
  return format.replace(/\{(\w+)\}/g, (whole, name) =>
    name === "ago" ? ago(when) : DATE_FORMS[name] ? when.toLocaleString([], DATE_FORMS[name]) : whole,
  );
}

function ago(when) {
  const minutes = Math.round((when - Date.now()) / 60000);
  const [amount, unit] =
    Math.abs(minutes) < 60 ? [minutes, "minute"]
    : Math.abs(minutes) < 1440 ? [minutes / 60, "hour"]
    : [minutes / 1440, "day"];
  return new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(Math.round(amount), unit);
}

// A text object of Block Kit.
export function textObject(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  const written = object.text.split("\n").map((line) => plainWithEmoji(line, object.emoji !== false));
  return written.flatMap((nodes, i) => (i ? [h("br"), ...nodes] : nodes));
}

export function plainWithEmoji(text, withEmoji = true) {
  if (!withEmoji) return [text];
  return text.split(/(:[a-z0-9_+-]+:)/).map((part) => {
    const name = part.match(/^:(.+):$/)?.[1];
    return (name && emojiNode(name)) ?? part;
  });
}
