"use strict";
// Keys for the officer's list: j and k move, Enter opens, x ticks, / searches, ? shows the keys. The plain links and boxes do the same.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("[data-inbox]");
  const search = document.getElementById("q");
  const help = document.querySelector("[data-keys]");
  const count = document.querySelector("[data-chosen]");
  const rows = table ? [...table.tBodies[0].rows] : [];
  const link = (row) => row.querySelector("a[href]");
  let at = -1;

  const go = (step) => {
    if (!rows.length) { return; }
    at = Math.min(Math.max(at + step, 0), rows.length - 1);
    rows.forEach((row, index) => { row.classList.toggle("row-here", index === at); });
    link(rows[at]).focus();
  };
  const tick = () => {
    const box = at >= 0 && rows[at].querySelector("input[type=checkbox]");
    if (box) { box.click(); }
  };
  const told = () => {
    if (!count) { return; }
    const chosen = table.querySelectorAll("input[type=checkbox]:checked").length;
    count.textContent = String(chosen);
    count.hidden = !chosen;
  };
  const keys = {
    j: () => go(1), k: () => go(-1), x: tick,
    "/": () => { if (search) { search.focus(); search.select(); } },
    "?": () => { if (help) { help.open = !help.open; help.scrollIntoView({ block: "nearest" }); } },
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && event.target === search) { search.blur(); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) { return; }
    event.preventDefault();
    keys[event.key]();
  });
  rows.forEach((row, index) => { row.addEventListener("focusin", () => { at = index; }); });
  if (table) { table.addEventListener("change", told); told(); }
});
