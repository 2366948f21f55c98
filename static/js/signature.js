"use strict";
// A signature drawn with finger, pen or mouse; without this file the receiver signs on paper.
document.querySelectorAll("[data-signature]").forEach((box) => {
  const canvas = box.querySelector("canvas");
  const field = document.getElementById(box.dataset.signature);
  const pen = canvas.getContext("2d");
  let drawing = false;
  let drawn = false;
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 3;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.strokeStyle = "#0b2e4f";
    drawn = false;
    field.value = "";
  };
  const place = (event) => {
    const edge = canvas.getBoundingClientRect();
    return [(event.clientX - edge.left) * canvas.width / edge.width, (event.clientY - edge.top) * canvas.height / edge.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...place(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) { return; }
    pen.lineTo(...place(event));
    pen.stroke();
    drawn = true;
  });
  const lift = () => {
    if (!drawing) { return; }
    drawing = false;
    if (drawn) { field.value = canvas.toDataURL("image/png"); }
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  box.querySelector("[data-signature-clear]").addEventListener("click", clear);
  const kept = field.value;
  clear();
  if (kept) {
    const picture = new Image();
    picture.addEventListener("load", () => { pen.drawImage(picture, 0, 0); field.value = kept; });
    picture.src = kept;
  }
  box.hidden = false;
});
