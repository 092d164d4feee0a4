// Buttons that copy the text of the element whose id is their `data-copy`.
// By selection, as pages served over plain HTTP have no clipboard of their own; where a browser
// refuses, the text stays selected, ready to be copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}
