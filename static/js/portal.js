"use strict";
// Small comforts only: every page works without this file.
document.addEventListener("click", (event) => {
  const print = event.target.closest("[data-print]");
  if (print) { window.print(); }
  const copy = event.target.closest("[data-copy]");
  if (copy && navigator.clipboard) {
    const source = document.getElementById(copy.dataset.copy);
    navigator.clipboard.writeText(source.textContent.trim()).then(() => copy.classList.add("copied"));
  }
});
// A form is sent once: the second click on its button does nothing until the page answers.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) { return; }
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) { event.target.form.requestSubmit(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; }); }
});
document.addEventListener("DOMContentLoaded", () => {
  document.documentElement.classList.add("js");
  const summary = document.querySelector("[data-focus]");
  if (summary) { summary.focus(); }
});
// The time left of a kept place, told every minute, and every ten seconds in the last one.
(() => {
  const box = document.querySelector("[data-countdown]");
  if (!box) { return; }
  const text = box.querySelector("[data-countdown-text]");
  const words = text.textContent.trim();
  const ends = Date.parse(box.dataset.countdown) - Date.parse(box.dataset.now) + Date.now();
  const tell = () => {
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    const shown = left > 60 ? `${Math.ceil(left / 60)}` : `${Math.floor(left / 60)}:${String(Math.ceil(left / 10) * 10 % 60).padStart(2, "0")}`;
    const next = words.replace(/\d+/, shown);
    if (text.textContent !== next) { text.textContent = next; }
    if (left > 0) { setTimeout(tell, 1000); } else { location.reload(); }
  };
  tell();
})();
