"use strict";
// Reading codes: a hardware scanner types, a camera sees. Without this file codes are typed into the field.
// The button [data-scan] names the field (data-scan="id_ma"); beside it stands a [data-scan-box]. data-formats: what the camera looks for.
document.addEventListener("DOMContentLoaded", () => {
  const open = document.querySelector("[data-scan]");
  const box = document.querySelector("[data-scan-box]");
  const field = document.getElementById((open && open.dataset.scan) || "id_ma");
  if (!field) { return; }

  // What a scanner types goes to the field, wherever the focus was lost to.
  document.addEventListener("keydown", (event) => {
    const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && (event.target === document.body || event.target.id === "noi-dung")) { field.value = ""; field.focus(); }
  });

  // The camera, where the browser can read codes from it.
  if (!open || !box || !("BarcodeDetector" in window) || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { return; }
  const formats = (open.dataset.formats || "qr_code").split(" ");
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
  const detectorOf = async () => {
    const known = window.BarcodeDetector.getSupportedFormats ? await window.BarcodeDetector.getSupportedFormats() : formats;
    return new window.BarcodeDetector({ formats: formats.filter((name) => known.includes(name)) });
  };
  open.hidden = false;
  open.addEventListener("click", async () => {
    open.hidden = true; box.hidden = false;
    try {
      const detector = await detectorOf();
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
