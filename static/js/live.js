"use strict";
// Pieces of a page that renew themselves: asked for every second or so, 304 while nothing changed. When the line drops the last
// state stays, with the time it was true; it recovers by itself. Every page works without this file.
(() => {
  const LONGEST = 5000;

  function start(box) {
    const every = Number(box.dataset.every);
    const lost = document.getElementById(box.dataset.lost);
    let tag = "";
    let failures = 0;

    const tell = () => {
      lost.hidden = failures < 2;
      lost.querySelector("[data-live-time]").textContent = box.dataset.time;
    };
    const swap = (text) => {
      const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
      const known = new Set([...box.querySelectorAll("[data-call]")].map((item) => item.dataset.call));
      box.replaceChildren(document.createRange().createContextualFragment(text));
      box.querySelectorAll("[data-call]").forEach((item) => { item.classList.toggle("is-new", !known.has(item.dataset.call)); });
      if (focused && document.getElementById(focused)) { document.getElementById(focused).focus(); }
      box.dispatchEvent(new CustomEvent("renewed"));
    };
    const ask = async () => {
      const control = new AbortController();
      const limit = setTimeout(() => control.abort(), LONGEST);
      try {
        const answer = await fetch(box.dataset.live, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", signal: control.signal });
        if (answer.redirected || (answer.status !== 200 && answer.status !== 304)) { throw new Error(String(answer.status)); }
        if (answer.status === 200) {
          tag = answer.headers.get("ETag") || "";
          swap(await answer.text());
        }
        box.dataset.time = answer.headers.get("X-Portal-Time") || box.dataset.time;
        failures = 0;
      } catch {
        failures += 1;
      }
      clearTimeout(limit);
      tell();
      setTimeout(ask, failures ? Math.min(every * failures, LONGEST) : every);
    };
    setTimeout(ask, every);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && box.hasAttribute("data-awake")) { stayAwake(); } });
    if (box.hasAttribute("data-awake")) { stayAwake(); }
    status(box);
  }

  // The screen does not go dark, where the browser allows it.
  async function stayAwake() {
    try { await navigator.wakeLock.request("screen"); } catch { /* older browsers, or not over https */ }
  }

  // What matters is told to a screen reader once, when it changes; the phone buzzes when its number is called.
  function status(box) {
    const reader = document.querySelector(`[data-live-status="${box.id}"]`);
    const said = () => { const found = box.querySelector("[data-announce]"); return found ? found.textContent.replace(/\s+/g, " ").trim() : ""; };
    const call = () => { const found = box.querySelector("[data-call]"); return found ? found.dataset.call : ""; };
    let before = said();
    let called = call();
    box.addEventListener("renewed", () => {
      if (reader && said() !== before) { reader.textContent = said(); }
      if (box.hasAttribute("data-buzz") && call() && call() !== called) {
        document.title = said();
        if (navigator.vibrate) { navigator.vibrate([400, 200, 400]); }
      }
      before = said();
      called = call();
    });
  }

  // The display speaks each call once, after somebody has pressed the button: browsers allow no sound before.
  function speaker(button) {
    const box = document.getElementById(button.dataset.speak);
    const note = document.getElementById("giong-doc");
    const heard = new Set();
    let sound = null;
    const calls = () => [...box.querySelectorAll("[data-say]")];
    const tongue = document.documentElement.lang === "vi" ? "vi-VN" : "en-GB";
    const voice = () => ("speechSynthesis" in window ? speechSynthesis.getVoices().find((item) => item.lang.toLowerCase().startsWith(tongue.slice(0, 2))) : undefined);
    const chime = () => {
      [0, 0.35].forEach((after, index) => {
        const tone = sound.createOscillator();
        const volume = sound.createGain();
        tone.frequency.value = index ? 523 : 659;
        volume.gain.setValueAtTime(0.25, sound.currentTime + after);
        volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + after + 0.5);
        tone.connect(volume).connect(sound.destination);
        tone.start(sound.currentTime + after);
        tone.stop(sound.currentTime + after + 0.5);
      });
    };
    const speak = (words) => {
      chime();
      const found = voice();
      note.textContent = found ? "" : button.dataset.none;
      if (!found) { return; }
      const spoken = new SpeechSynthesisUtterance(words);
      spoken.voice = found;
      spoken.lang = tongue;
      spoken.rate = 0.9;
      speechSynthesis.speak(spoken);
    };
    const listen = () => {
      calls().filter((item) => !heard.has(item.dataset.call)).reverse().forEach((item) => {
        heard.add(item.dataset.call);
        if (sound) { speak(item.dataset.say); }
      });
    };
    button.hidden = false;
    if ("speechSynthesis" in window) { speechSynthesis.getVoices(); }
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? button.dataset.on : button.dataset.off;
      if (on) { sound = new AudioContext(); heard.clear(); listen(); } else { sound.close(); sound = null; if ("speechSynthesis" in window) { speechSynthesis.cancel(); } }
    });
    box.addEventListener("renewed", listen);
    listen();
  }

  // A function key presses the button that names it.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat) { return; }
    const button = /^F\d+$/.test(event.key) ? document.querySelector(`[data-shortcut="${event.key}"]`) : null;
    if (button) { event.preventDefault(); button.click(); }
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live]").forEach(start);
    document.querySelectorAll("[data-speak]").forEach(speaker);
  });
})();
