/* Reveals the 'nearest to me' buttons where the browser can tell the place; without this file the lists still work. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  if (!navigator.geolocation) return;
  for (const button of document.querySelectorAll("[data-near]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      navigator.geolocation.getCurrentPosition(
        (found) => {
          const place = found.coords.latitude.toFixed(4) + "," + found.coords.longitude.toFixed(4);
          window.location.assign(button.dataset.near + (button.dataset.near.includes("?") ? "&gan=" : "?gan=") + encodeURIComponent(place) + (document.getElementById("chon-don-vi") ? "#chon-don-vi" : ""));
        },
        () => { button.hidden = true; },
        { timeout: 8000, maximumAge: 300000 },
      );
    });
  }
});
