// Light or dark: the system's choice until the person makes another, which the browser remembers.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

// Before the first paint, so that a remembered choice does not flash the other one.
root.dataset.theme = localStorage.getItem("theme") ?? "";

addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = shown === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
});
