// rich_text blocks: sections, lists, quotes and preformatted text.

import { h, link } from "./dom.js";
import { channelMention, emojiNode, mention } from "./mrkdwn.js";

export function richText(block) {
  return h("div", { class: "rich-text" }, block.elements.map(part));
}

function part(element) {
  switch (element.type) {
    case "rich_text_section":
      return h("div", {}, element.elements.map(leaf));
    case "rich_text_list": {
      const tag = element.style === "ordered" ? "ol" : "ul";
      const level = Math.min(element.indent ?? 0, 5);
      return h(tag, { class: `indent-${level}` }, element.elements.map((e) => h("li", {}, part(e))));
    }
    case "rich_text_quote":
      return h("blockquote", {}, element.elements.map(leaf));
    case "rich_text_preformatted":
      return h("pre", {}, element.elements.map(leaf));
    default:
      return h("span", { class: "unknown" }, `rich text: ${element.type}`);
  }
}

function leaf(element) {
  return styled(element.style ?? {}, bare(element));
}

function bare(element) {
  switch (element.type) {
    case "text":
      return element.text;
    case "user":
      return mention(element.user_id);
    case "channel":
      return channelMention(element.channel_id);
    case "link":
      return link(element.url, element.text || element.url);
    case "emoji":
      return emojiNode(element.name) ?? `:${element.name}:`;
    case "broadcast":
      return h("span", { class: "mention" }, `@${element.range}`);
    case "date":
      return element.fallback ?? new Date(element.timestamp * 1000).toLocaleString();
    default:
      return h("span", { class: "unknown" }, element.type);
  }
}

function styled(style, node) {
  const tags = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}
