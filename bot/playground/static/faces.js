// The first question of the page: whom to be.

import { h } from "./dom.js";
import { avatar } from "./message.js";
import { nameOf, store } from "./store.js";

// Calls `chosen` with a user id. Without faces nobody is asked.
export function askForFace(chosen) {
  if (!store.faces.length) return;
  const dialog = h("dialog", { class: "dialog faces", "aria-labelledby": "faces-title", onclose: () => dialog.remove() });
  const take = (user) => (dialog.close(), chosen(user));
  dialog.addEventListener("cancel", () => chosen(store.faces[0].user));
  dialog.append(
    h("h2", { id: "faces-title" }, "Who do you want to be?"),
    h("p", { class: "muted" }, "Each person sees different records and may do different things. You can change the person at any time."),
    h("div", { class: "face-list" }, store.faces.map((face) =>
      h("button", { type: "button", class: "face", onclick: () => take(face.user) },
        avatar(face.user), h("b", {}, face.label), h("span", {}, nameOf(face.user)), h("small", {}, face.about)))),
  );
  document.body.append(dialog);
  dialog.showModal();
}
