"use strict";
// The form of a procedure saves itself as a draft a moment after the last change. Without this file the button 'save' does it.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form || !window.fetch) { return; }
  const text = form.querySelector("[data-draft-text]");
  const revision = form.elements.revision;
  const PAUSE = 3000;
  const PATIENCE = 5000;
  let timer = null;
  let running = false;
  let again = false;
  let stopped = false;
  let touched = false;
  let waiting = null;
  const say = (words) => { text.textContent = words; };
  const body = () => {
    const data = new FormData(form);
    [...data.entries()].forEach(([name, value]) => { if (value instanceof File) { data.delete(name); } });
    return data;
  };
  const go = () => {
    if (!waiting) { return; }
    const button = waiting;
    waiting = null;
    running = false;
    form.requestSubmit(button);
  };
  const save = async () => {
    if (stopped || form.dataset.sent) { return; }
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body(), headers: { "X-Autosave": "1" }, credentials: "same-origin" });
      const told = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
      if (answer.ok && told.url) {
        if (form.dataset.draft !== told.url) {
          form.dataset.draft = told.url;
          form.action = told.url;
          history.replaceState(null, "", told.url);
        }
        revision.value = told.revision;
        touched = false;
        say(`${form.dataset.saved} ${told.saved}`);
      } else {
        // A newer version was saved in another window: nothing is overwritten from here; the button shows both.
        stopped = answer.status === 409;
        say(told.sentence || form.dataset.failed);
      }
    } catch {
      say(form.dataset.failed);
    }
    running = false;
    if (waiting) { go(); return; }
    if (again) { again = false; plan(); }
  };
  const plan = () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); };
  ["input", "change"].forEach((name) => form.addEventListener(name, () => { touched = true; plan(); }));
  document.addEventListener("draft:changed", () => { touched = true; plan(); });
  // A button pressed while a draft is on its way waits for it: its answer carries the revision that the button needs.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    touched = false;
    if (running && event.submitter) { event.preventDefault(); event.stopPropagation(); waiting = event.submitter; setTimeout(go, PATIENCE); }
  });
  window.addEventListener("beforeunload", (event) => { if (touched && !form.dataset.sent) { event.preventDefault(); } });
})();
