"use strict";
// Alt and the letter shown on the screen do the same in every browser; without this file the browser's own access keys work.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.key.length !== 1) { return; }
  const key = event.code.startsWith("Digit") ? event.code.slice(5) : event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
  const target = document.querySelector(`main [accesskey="${CSS.escape(key)}"]`);
  if (!target) { return; }
  event.preventDefault();
  if (target.matches("input, select, textarea")) {
    target.focus();
    if (target.select) { target.select(); }
    return;
  }
  target.focus();
  target.click();
  const details = target.closest("details");
  if (details && target.matches("summary")) { const first = details.querySelector("select, input:not([type=hidden])"); if (first) { first.focus(); } }
});
