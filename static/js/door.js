"use strict";
// The guard's tablet. Without this file the page works with typed codes and a reload.
document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("id_ma");
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

  // A hardware scanner types: what it types goes to the field, wherever the focus was lost to.
  document.addEventListener("keydown", (event) => {
    const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && (event.target === document.body || event.target.id === "noi-dung")) { field.value = ""; field.focus(); }
  });

  // The camera, where the browser can read codes from it.
  const open = document.querySelector("[data-scan]");
  const box = document.querySelector("[data-scan-box]");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { return; }
  const video = box.querySelector("[data-scan-video]");
  const text = box.querySelector("[data-scan-text]");
  let stream = null;
  const stop = () => {
    if (stream) { stream.getTracks().forEach((track) => track.stop()); }
    stream = null; box.hidden = true; open.hidden = false; open.focus();
  };
  const look = async (detector) => {
    if (!stream) { return; }
    try {
      const found = await detector.detect(video);
      if (found.length && stream) {
        stop();
        field.value = found[0].rawValue;
        field.form.requestSubmit();
        return;
      }
    } catch (error) { /* no picture yet */ }
    setTimeout(() => look(detector), 200);
  };
  open.hidden = false;
  open.addEventListener("click", async () => {
    open.hidden = true; box.hidden = false;
    try {
      const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.play().catch(() => {});
      look(detector);
    } catch (error) {
      text.textContent = open.dataset.refused;
      if (stream) { stream.getTracks().forEach((track) => track.stop()); stream = null; }
      field.focus();
    }
  });
  box.querySelector("[data-scan-stop]").addEventListener("click", stop);
  window.addEventListener("pagehide", stop);
});
