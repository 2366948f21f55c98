"use strict";
// Times that run out are counted on while the page stays open. The server has written what was left when it answered; without this
// file that stays as it is. The seconds are the server's: the clock of this machine is not asked.
(() => {
  const words = (box, seconds) => {
    const minutes = Math.floor(Math.abs(seconds) / 60);
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    const parts = [];
    if (hours) { parts.push(`${hours} ${box.dataset.hours}`); }
    if (rest || !hours) { parts.push(`${rest} ${box.dataset.minutes}`); }
    return `${seconds < 0 ? box.dataset.late : box.dataset.left} ${parts.join(" ")}`;
  };
  document.addEventListener("DOMContentLoaded", () => {
    const boxes = [...document.querySelectorAll("[data-time-left]")];
    const began = performance.now();
    const tick = () => {
      const passed = (performance.now() - began) / 1000;
      boxes.forEach((box) => {
        const left = Number(box.dataset.timeLeft) - passed;
        box.textContent = words(box, left);
        const row = box.closest("tr, [data-time-left-row]");
        if (!row) { return; }
        row.classList.toggle("row-bad", left < 0);
        row.classList.toggle("row-warn", left >= 0 && left < Number(box.dataset.warn));
      });
    };
    if (boxes.length) { setInterval(tick, 10000); }
  });
})();
