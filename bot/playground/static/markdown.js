// Standard Markdown, for `markdown` blocks: headings, lists, tables, quotes, code, emphasis.

import { h, link } from "./dom.js";
import { codeNode, emojiNode, inline as slackInline, plain } from "./mrkdwn.js";

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "\\[([^\\]\\n]+)\\]\\(([^)\\s]+)\\)",
    "(<[@#!][^<>\\n]+>|<https?:[^<>\\n]+>)",
    "\\*\\*(?=\\S)(.+?\\S|\\S)\\*\\*",
    "~~(?=\\S)(.+?)~~",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]*\\S)\\*(?![\\w*])",
    "(?<!\\w)_(?=\\S)([^_\\n]*\\S)_(?!\\w)",
    ":([a-z0-9_+-]+):",
    "(https?://[^\\s<>()]*[^\\s<>().,;:!?])",
  ].join("|"),
  "g",
);

export function markdown(text) {
  const lines = text.replaceAll("\r", "").split("\n");
  const nodes = [];
  while (lines.length) {
    const block = RULES.find(([fits]) => fits(lines));
    const node = block[1](lines);
    if (node) nodes.push(node);
  }
  return nodes;
}

const RULES = [
  [(l) => !l[0].trim(), (l) => void l.shift()],
  [(l) => /^\s*```/.test(l[0]), fence],
  [(l) => /^#{1,6}\s/.test(l[0]), heading],
  [(l) => /^\s*(---+|\*\*\*+|___+)\s*$/.test(l[0]), (l) => (l.shift(), h("hr"))],
  [(l) => /^\s*>/.test(l[0]), quote],
  [(l) => /^\s*\|.*\|\s*$/.test(l[0]) && /^\s*\|?[\s:|-]+\|?\s*$/.test(l[1] ?? "x"), table],
  [(l) => ITEM.test(l[0]), (l) => list(l, indent(l[0]))],
  [() => true, paragraph],
];
const ITEM = /^(\s*)([-*+•]|\d+[.)])\s+(.*)$/;

const indent = (line) => line.match(/^\s*/)[0].length;

function fence(lines) {
  lines.shift();
  const end = lines.findIndex((l) => /^\s*```/.test(l));
  const code = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return h("pre", {}, code.join("\n"));
}

function heading(lines) {
  const [, marks, text] = lines.shift().match(/^(#{1,6})\s+(.*?)\s*#*$/);
  return h(`h${Math.min(marks.length + 2, 6)}`, {}, ...inline(text));
}

function quote(lines) {
  const quoted = [];
  while (lines.length && /^\s*>/.test(lines[0])) quoted.push(lines.shift().replace(/^\s*> ?/, ""));
  return h("blockquote", {}, ...markdown(quoted.join("\n")));
}

function table(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((c) => c.trim());
  const head = cells(lines.shift());
  lines.shift();
  const rows = [];
  while (lines.length && lines[0].includes("|")) rows.push(cells(lines.shift()));
  const row = (tag) => (values) => h("tr", {}, values.map((v) => h(tag, {}, ...inline(v))));
  return h("div", { class: "table-frame" }, h("table", {}, h("thead", {}, row("th")(head)), h("tbody", {}, rows.map(row("td")))));
}

function list(lines, depth) {
  const ordered = /\d/.test(lines[0].match(ITEM)[2]);
  const node = h(ordered ? "ol" : "ul");
  if (ordered) node.start = Number.parseInt(lines[0].match(ITEM)[2], 10);
  while (lines.length && ITEM.test(lines[0]) && indent(lines[0]) >= depth) {
    if (indent(lines[0]) > depth + 1) node.lastChild.append(list(lines, indent(lines[0])));
    else node.append(h("li", {}, ...inline(lines.shift().match(ITEM)[3])));
  }
  return node;
}

function paragraph(lines) {
  const node = h("p", {}, ...inline(lines.shift()));
  while (lines.length && RULES.findIndex(([fits]) => fits(lines)) === RULES.length - 1) {
    node.append(h("br"), ...inline(lines.shift()));
  }
  return node;
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const node = token(match);
    if (!node) continue;
    nodes.push(plain(text.slice(end, match.index)), node);
    end = match.index + match[0].length;
  }
  return [...nodes, plain(text.slice(end))];
}

function token([, code, label, target, angle, bold, strike, star, underscore, shortcode, bare]) {
  if (code) return codeNode(code);
  if (label) return link(target, ...inline(label));
  if (angle) return h("span", {}, ...slackInline(angle));
  if (bold) return h("strong", {}, ...inline(bold));
  if (strike) return h("s", {}, ...inline(strike));
  if (shortcode) return emojiNode(shortcode);
  if (bare) return link(bare, bare);
  return h("em", {}, ...inline(star ?? underscore));
}
