// Block Kit blocks as nodes. A block that isn't known here is shown as such.

import { h } from "./dom.js";
import { element, image } from "./elements.js";
import { markdown } from "./markdown.js";
import { plainWithEmoji, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

export function blocks(list, place) {
  return list.map((block) => {
    const build = BUILDERS[block.type] ?? unknown;
    const node = build(block, place);
    node.classList.add("block", `block-${block.type}`);
    return node;
  });
}

const BUILDERS = {
  section,
  actions: (block, place) => h("div", {}, block.elements.map((e) => element(e, block, place))),
  context_actions: (block, place) => h("div", {}, block.elements.map((e) => element(e, block, place))),
  context: (block) => h("div", {}, block.elements.map(contextPart)),
  header: (block) => h(`h${1 + (block.level ?? 1)}`, {}, textObject(block.text)),
  divider: () => h("hr"),
  image: (block) => h("figure", {}, block.title && h("figcaption", {}, textObject(block.title)), image(block)),
  markdown: (block) => h("div", {}, markdown(block.text)),
  rich_text: richText,
  table,
  data_table: table,
  input,
  alert: (block) => h("div", { role: "note", class: `level-${block.level ?? "default"}` }, textObject(block.text)),
  card,
  carousel: (block, place) => h("div", {}, block.elements.map((e) => blocks([{ type: "card", ...e }], place))),
  container,
  task_card: task,
  plan,
};

function unknown(block) {
  return h("div", { class: "unknown" }, `Unknown block: ${block.type}`);
}

function section(block, place) {
  return h("div", {},
    h("div", { class: "section-text" },
      block.text && h("div", {}, textObject(block.text)),
      block.fields && h("div", { class: "fields" }, block.fields.map((f) => h("div", {}, textObject(f))))),
    block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, place)));
}

function contextPart(part) {
  return part.type === "image" ? image(part) : h("span", {}, textObject(part));
}

let labels = 0;

function input(block, place) {
  const note = block.optional && h("span", { class: "optional" }, " (optional)");
  const label = h("div", { class: "input-label", id: `label-${++labels}` }, textObject(block.label), note);
  const part = element(block.element, block, place);
  const field = part.matches(".field") ? part : part.querySelector(":scope > input.field");
  if (!field) part.setAttribute("role", "group");
  (field ?? part).setAttribute("aria-labelledby", label.id);
  return h("div", { "data-block": block.block_id },
    label,
    part,
    block.hint && h("div", { class: "hint" }, textObject(block.hint)),
    h("div", { class: "input-error", role: "alert" }));
}

function table(block) {
  const [head, ...rows] = block.rows;
  const settings = block.column_settings ?? [];
  const cells = (tag) => (row) =>
    h("tr", {}, row.map((cell, i) => h(tag, { class: `align-${settings[i]?.align ?? "left"}` }, cellContent(cell))));
  return h("div", { class: "table-frame" },
    h("table", {}, block.caption && h("caption", {}, block.caption),
      h("thead", {}, cells("th")(head)), h("tbody", {}, rows.map(cells("td")))));
}

function cellContent(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return String(cell.text ?? cell.value ?? "");
}

function card(block, place) {
  return h("div", {},
    (block.hero_image && image(block.hero_image)) || null,
    h("div", { class: "card-head" },
      block.icon && image(block.icon),
      h("div", {},
        block.title && h("strong", {}, textObject(block.title)),
        block.subtitle && h("div", { class: "card-subtitle" }, textObject(block.subtitle)))),
    block.body && h("div", {}, textObject(block.body)),
    block.actions && h("div", { class: "card-actions" }, block.actions.map((e) => element(e, block, place))));
}

function container(block, place) {
  const inside = blocks(block.child_blocks ?? [], place);
  const title = block.title ? textObject(block.title) : [];
  if (!block.is_collapsible) return h("div", {}, h("strong", {}, title), inside);
  return h("details", { open: !block.default_collapsed }, h("summary", {}, title), inside);
}

// Open while something is being done; folded up afterwards.
function plan(block) {
  const tasks = block.tasks ?? [];
  const open = tasks.some((t) => t.status === "in_progress");
  return h("details", { open }, h("summary", {}, plainWithEmoji(block.title ?? "")), tasks.map(task));
}

const TASK_SIGNS = { pending: "○", in_progress: "◐", complete: "✓", error: "✕" };

function task(block) {
  return h("div", { class: `task ${block.status}` }, h("span", { class: "task-sign" }, TASK_SIGNS[block.status] ?? "○"),
    h("span", {}, plainWithEmoji(block.title ?? "")));
}
