"use strict";
// Files go up in pieces while the rest is filled in, and go on after a lost connection or a reload. Without this file the browser
// sends them with the form.
(() => {
  const PIECE = 512 * 1024;
  const WAIT = [1000, 3000, 8000, 20000];
  const pause = (time) => new Promise((done) => { setTimeout(done, time); });
  const waiting = new Set();

  const show = (box, words, share) => {
    const text = box.querySelector("[data-upload-text]");
    const bar = box.querySelector("progress");
    text.hidden = !words;
    text.textContent = words;
    bar.hidden = share === null;
    bar.value = share || 0;
  };
  const token = (box) => box.querySelector("input[type=hidden]");
  const known = (box, file) => {
    const [held, name] = [token(box).value.split("|")[0], token(box).value.split("|").slice(1).join("|")];
    return name === file.name ? held : "";
  };
  const refused = async (answer, fallback) => {
    const told = await answer.json().catch(() => ({}));
    const first = told.errors ? Object.values(told.errors)[0] : null;
    return Object.assign(new Error(first ? first[0] : told.detail || fallback), { final: true });
  };

  // Where to go on: at the offset the portal has for a file begun before, else from the start of a new one.
  const begin = async (box, file) => {
    const held = known(box, file);
    if (held) {
      const answer = await fetch(`${box.dataset.begin}${held}/`, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const told = await answer.json();
        if (told.size === file.size && !told.complete) { return { held, offset: told.offset }; }
      }
    }
    const answer = await fetch(box.dataset.begin, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: file.name, size: file.size }),
    });
    if (!answer.ok) { throw await refused(answer, box.dataset.wrong); }
    const told = await answer.json();
    token(box).value = `${told.token}|${file.name}`;
    document.dispatchEvent(new Event("draft:changed"));
    return { held: told.token, offset: 0 };
  };

  const send = async (box, file) => {
    const place = await begin(box, file);
    let { offset } = place;
    while (offset < file.size) {
      show(box, `${box.dataset.going} ${file.name} (${Math.floor((100 * offset) / file.size)} %)`, (100 * offset) / file.size);
      const answer = await fetch(`${box.dataset.begin}${place.held}/`, {
        method: "POST", body: file.slice(offset, offset + PIECE),
        headers: { "Content-Type": "application/octet-stream", "Upload-Offset": String(offset) },
      });
      if (answer.ok) { offset = (await answer.json()).offset; continue; }
      const there = Number(answer.headers.get("Upload-Offset"));
      if (answer.status === 409 && answer.headers.has("Upload-Offset")) { offset = there; continue; }
      if (answer.status < 500 && answer.status !== 429) { throw await refused(answer, box.dataset.wrong); }
      throw new Error(String(answer.status));
    }
  };

  const upload = async (box, input) => {
    const file = input.files[0];
    if (!file) { return; }
    const ending = `.${file.name.split(".").pop().toLowerCase()}`;
    if (!box.dataset.endings.split(",").includes(ending)) { input.value = ""; show(box, box.dataset.wrong, null); return; }
    if (file.size > Number(box.dataset.most)) { input.value = ""; show(box, box.dataset.tooLarge, null); return; }
    waiting.add(box);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await send(box, file);
        input.value = "";
        show(box, `${box.dataset.done} ${file.name}`, null);
        break;
      } catch (error) {
        if (error.final) { input.value = ""; token(box).value = ""; show(box, error.message, null); break; }
        show(box, box.dataset.again, 0);
        await pause(WAIT[Math.min(attempt, WAIT.length - 1)]);
      }
    }
    waiting.delete(box);
    document.dispatchEvent(new Event("draft:changed"));
  };

  document.querySelectorAll("[data-upload]").forEach((box) => {
    const input = box.querySelector("input[type=file]");
    if (!input || !window.fetch || !Blob.prototype.slice) { return; }
    input.addEventListener("change", () => { upload(box, input); });
  });
  // Handed in before everything is up: what is still on its way goes with the form as usual.
  document.addEventListener("submit", (event) => {
    if (!waiting.size || !event.target.querySelector("[data-upload]")) { return; }
    waiting.forEach((box) => { token(box).value = ""; });
  });
})();
