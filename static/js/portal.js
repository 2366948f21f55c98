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
  if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-repeat")) { return; } // a download leaves the page as it is
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
  document.querySelectorAll("[data-print][hidden]").forEach((button) => { button.hidden = false; });
  const summary = document.querySelector("[data-focus]");
  if (summary) { summary.focus(); }
});
// The time left of a kept place: shown every second, spoken only at 5, 2 and 1 minutes, at 30 seconds and at the end.
// Leaving the page gives the place back soon (a beacon); loading it again takes it up. Without this file the end is written there.
(() => {
  const box = document.querySelector("[data-countdown]");
  if (!box) { return; }
  const text = box.querySelector("[data-countdown-text]");
  const words = text.textContent.trim();
  let spoken = box.querySelector("[data-countdown-spoken]");
  if (!spoken) {
    spoken = document.createElement("p");
    spoken.className = "hidden-text";
    spoken.setAttribute("role", "status");
    box.append(spoken);
  }
  ["role", "aria-live"].forEach((name) => box.removeAttribute(name));
  const until = (end, now) => Date.parse(end) - Date.parse(now) + Date.now();
  let ends = until(box.dataset.countdown, box.dataset.now);
  let before = Infinity;
  const say = (left) => {
    const passed = [300, 120, 60, 30].filter((moment) => before > moment && left <= moment).pop();
    if (passed && before !== Infinity) {
      spoken.textContent = passed === 30 ? box.dataset.soon || "" : words.replace(/\d+/, `${passed / 60}`);
    }
    before = left;
  };
  const over = () => {
    if (box.dataset.then) { location.assign(box.dataset.then); return; }
    if (!box.dataset.over) { location.reload(); return; }
    text.textContent = box.dataset.over;
    spoken.textContent = box.dataset.over;
    box.classList.replace("notice-info", "notice-warning");
  };
  const tell = () => {
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    text.textContent = box.dataset.clock ? `${box.dataset.clock} ${clock}` : words.replace(/\d+/, clock);
    say(left);
    if (left > 0) { setTimeout(tell, 1000); } else { over(); }
  };
  tell();
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (!box.dataset.leave || !token) { return; }
  const signed = () => {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", token.value);
    return data;
  };
  let sent = false;
  document.addEventListener("submit", () => { sent = true; });
  const takeUp = async () => {
    const answer = await fetch(box.dataset.stay, { method: "POST", body: signed() });
    if (!answer.ok) { return; }
    const told = await answer.json();
    ends = until(told.until, told.now);
    before = Infinity;
  };
  if (sessionStorage.getItem("hold-left")) {
    sessionStorage.removeItem("hold-left");
    takeUp();
    setTimeout(takeUp, 4000);
  }
  window.addEventListener("pagehide", () => {
    if (sent) { return; }
    sessionStorage.setItem("hold-left", "1");
    navigator.sendBeacon(box.dataset.leave, signed());
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) { return; }
    sent = false;
    sessionStorage.removeItem("hold-left");
    takeUp();
  });
})();
