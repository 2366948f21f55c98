"use strict";
// The form of a procedure: follows its conditions while it is filled in, adds and removes rows, suggests places.
// All of it also works without this file: the server asks the same conditions again and answers the same buttons.
(() => {
  const number = (text) => {
    let plain = text.replace(/[^0-9.,+-]/g, "");
    if (plain.includes(",")) { plain = plain.replace(/\./g, "").replace(",", "."); }
    else if (/^[+-]?\d{1,3}(\.\d{3})+$/.test(plain)) { plain = plain.replace(/\./g, ""); }
    return plain === "" || Number.isNaN(Number(plain)) ? null : Number(plain);
  };
  const isOff = (box) => box.closest(".eform-off") !== null;
  // What a field holds now: null for nothing, undefined where only the server can tell.
  const held = (box) => {
    const type = box.dataset.type;
    if (type === "file") {
      const mark = box.querySelector("[data-paper]");
      const input = document.getElementById("id_file_" + mark.dataset.paper);
      return mark.hasAttribute("data-given") || (input && input.files && input.files.length > 0) ? true : null;
    }
    if (type === "rows") {
      return [...box.querySelectorAll("[data-rows] :is(input:not([type=hidden]), select, textarea)")].some(
        (input) => (["radio", "checkbox"].includes(input.type) ? input.checked : input.value.trim() !== "")) || null;
    }
    if (type === "choices") {
      const ticked = [...box.querySelectorAll("input:checked")].map((input) => input.value);
      return ticked.length ? ticked : null;
    }
    const radio = box.querySelector("input[type=radio]");
    const chosen = radio ? box.querySelector("input:checked") : box.querySelector("input, select, textarea");
    const text = chosen ? chosen.value.trim() : "";
    if (text === "") { return null; }
    if (type === "yes_no") { return text === "true"; }
    if (["integer", "decimal", "money"].includes(type)) { return number(text); }
    return text;
  };
  const passes = (test, scope, root) => {
    const found = (scope && scope.querySelector(`[data-field="${test.field}"]`)) ||
      [...root.querySelectorAll(`[data-field="${test.field}"]`)].find((box) => !box.closest("[data-row]"));
    if (!found || isOff(found)) { return false; }
    const value = held(found);
    if (value === null) { return false; }
    if (test.op === "set") { return true; }
    if (found.dataset.type === "area" && !found.querySelector("select")) { return undefined; }
    const several = Array.isArray(value) ? value : [value];
    if (test.op === "equals") { return several.includes(test.value); }
    if (test.op === "not_equals") { return !several.includes(test.value); }
    if (test.op === "in") { return several.some((item) => test.value.includes(item)); }
    return value > test.value;
  };
  const follow = (root) => {
    root.querySelectorAll("[data-when]").forEach((box) => {
      const condition = JSON.parse(box.dataset.when);
      const parent = box.parentElement.closest("[data-row]");
      const told = (condition.all || condition.any).map((test) => passes(test, parent, root));
      // A place that was typed is looked up by the server: until then the question stays visible.
      const asked = condition.any ? told.some((one) => one !== false) : told.every((one) => one !== false);
      box.classList.toggle("eform-off", !asked);
    });
  };
  const renumber = (list, button) => {
    const rows = [...list.children];
    rows.forEach((row, place) => row.querySelectorAll("[data-number]").forEach((mark) => { mark.textContent = String(place + 1); }));
    button.disabled = rows.length >= Number(button.dataset.most);
  };
  const add = (box) => {
    const list = box.querySelector("[data-rows]");
    const used = [...list.querySelectorAll("[data-row] > input[type=hidden]")].map((mark) => Number(mark.name.split(".")[1]));
    const holder = document.createElement("template");
    holder.innerHTML = box.querySelector("template").innerHTML.replaceAll("__n__", String(Math.max(-1, ...used) + 1));
    list.append(holder.content);
    return list.lastElementChild;
  };
  const rows = (event, root) => {
    const button = event.target.closest("button[name=form_rows]");
    if (!button) { return; }
    event.preventDefault();
    const box = button.closest(".eform-rows");
    const list = box.querySelector("[data-rows]");
    const more = box.querySelector("button[value^='add:']");
    let next = more;
    if (button === more) {
      next = add(box).querySelector("input:not([type=hidden]), select, textarea");
    } else {
      button.closest("[data-row]").remove();
      if (!list.children.length) { next = add(box).querySelector("input:not([type=hidden]), select, textarea"); }
    }
    renumber(list, more);
    follow(root);
    (next && !next.disabled ? next : list.querySelector("input:not([type=hidden]), select, textarea")).focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const suggest = (input, root) => {
    let waits = 0;
    const list = document.createElement("datalist");
    list.id = input.id + "_list";
    input.after(list);
    input.setAttribute("list", list.id);
    input.setAttribute("autocomplete", "off");
    input.addEventListener("input", () => {
      clearTimeout(waits);
      waits = setTimeout(async () => {
        const answer = await fetch(root.dataset.places + "?q=" + encodeURIComponent(input.value)).catch(() => null);
        if (!answer || !answer.ok) { return; }
        const found = await answer.json();
        list.replaceChildren(...found.places.map((place) => { const option = document.createElement("option"); option.value = place.name; return option; }));
      }, 250);
    });
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-eform]").forEach((root) => {
      const watch = (input) => { if (!input.list) { suggest(input, root); } };
      root.querySelectorAll("input[data-areas]").forEach(watch);
      root.addEventListener("focusin", (event) => { if (event.target.matches("input[data-areas]")) { watch(event.target); } });
      root.addEventListener("click", (event) => rows(event, root));
      for (const kind of ["input", "change"]) { (root.closest("form") || root).addEventListener(kind, () => follow(root)); }
      follow(root);
    });
  });
})();
