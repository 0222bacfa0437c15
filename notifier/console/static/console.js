// Keys, and a list that stays new. Without this file every page still works.
"use strict";

const EVERY = 5000; // milliseconds between two looks at the list

function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

const rows = () => [...document.querySelectorAll("tr[data-row]")];
let chosen = null; // the id of the row, which outlives a new drawing of the list

function mark() {
  for (const row of rows()) row.classList.toggle("chosen", row.dataset.row === chosen);
}

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.dataset.row === chosen);
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  chosen = next.dataset.row;
  mark();
  next.querySelector("a").focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.getElementById("q")?.focus(),
  "?": () => document.getElementById("help").showModal(),
  a: () => document.querySelector('[data-verb="accept"]')?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const act = document.querySelector("dialog[open]") ? undefined : KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

document.querySelector(".errors")?.focus();

const list = document.querySelector("[data-live]");
if (list) {
  const lost = (is) => { document.getElementById("lost").hidden = !is; };
  setInterval(() => { if (document.visibilityState === "visible") htmx.trigger(list, "refresh"); }, EVERY);
  list.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-Mark"] = list.querySelector("[data-mark]").dataset.mark;
  });
  list.addEventListener("htmx:afterRequest", (event) => lost(!event.detail.successful));
  list.addEventListener("htmx:afterSwap", () => {
    const had = chosen !== null && (document.activeElement === document.body || document.activeElement === null);
    mark();
    if (had) document.querySelector("tr.chosen a")?.focus({ preventScroll: true });
  });
  list.addEventListener("focusin", (event) => {
    chosen = event.target.closest("tr[data-row]")?.dataset.row ?? chosen;
    mark();
  });
}
