// Sends the form by which a pass becomes a session, once somebody looks at the page.
const form = document.getElementById("enter");

function enter() {
  if (document.visibilityState === "visible") form.submit();
}

document.addEventListener("visibilitychange", enter);
enter();
