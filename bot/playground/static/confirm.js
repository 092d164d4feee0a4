// The dialog that asks before a button acts.

import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

export function confirmDialog(asked) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog small" });
    const answer = (value) => () => dialog.close(value);
    const look = asked.style === "danger" ? "danger" : "primary";
    dialog.append(
      h("h2", {}, asked.title?.text ?? "Are you sure?"),
      h("div", { class: "dialog-body" }, textObject(asked.text)),
      h("div", { class: "dialog-foot" },
        h("button", { type: "button", class: "block-button", onclick: answer("no") }, asked.deny?.text ?? "Cancel"),
        h("button", { type: "button", class: `block-button ${look}`, onclick: answer("yes") }, asked.confirm?.text ?? "Yes")),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
