"use strict";
// The guard's tablet (scan.js reads the codes). Without this file the page works with a reload.
document.addEventListener("DOMContentLoaded", () => {
  const live = document.querySelector("[data-live]");
  const lost = document.querySelector("[data-lost]");

  // A lost line: the last numbers stay, with the time they were seen.
  const seen = () => { const at = live.querySelector("[data-seen]"); return at ? at.textContent : ""; };
  const away = () => {
    lost.querySelector("[data-lost-at]").textContent = seen();
    if (lost.hidden) { lost.hidden = false; live.classList.add("door-stale"); }
  };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) { live.addEventListener(name, away); }
  window.addEventListener("offline", away);
  live.addEventListener("htmx:beforeSwap", (event) => {
    const from = event.detail.xhr.responseURL;
    if (from && new URL(from).pathname !== live.getAttribute("hx-get")) {
      event.detail.shouldSwap = false; // signed out meanwhile: a reload asks for the password and comes back here
      window.location.reload();
    }
  });
  live.addEventListener("htmx:afterSwap", () => { lost.hidden = true; live.classList.remove("door-stale"); });
});
