// Keys, and parts of pages that stay new. Without this file every page still works.
"use strict";

const PATIENCE = 4000; // milliseconds until a lost connection is told of, and until it is tried again
const MINUTE = 60_000; // milliseconds

// A box that is ticked takes no letters, and has the focus still when the help that held it has just closed.
function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;
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
  next.querySelector("a")?.focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.getElementById("q")?.focus(),
  "?": () => document.getElementById("help").showModal(),
};

// A page names a key of its own by `data-key` on a link or button: of the chosen row when it stands in rows.
function named(key) {
  const name = `[data-key="${CSS.escape(key)}"]`;
  const row = chosen !== null && document.querySelector(`tr[data-row="${CSS.escape(chosen)}"] ${name}`);
  const target = row || document.querySelector(`main ${name}`);
  return target ? () => target.click() : undefined;
}

// Who speaks to their computer, or rests a hand on it, turns the single keys off: the browser remembers.
const keysOn = document.getElementById("keys-on");
keysOn.checked = localStorage.getItem("keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
const keysButton = document.getElementById("keys");
if (keysButton) {
  keysButton.hidden = false;
  keysButton.addEventListener("click", KEYS["?"]);
}

document.addEventListener("keydown", (event) => {
  if (!keysOn.checked || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const act = document.querySelector("dialog[open]") ? undefined : KEYS[event.key] ?? named(event.key);
  if (act) {
    event.preventDefault();
    act();
  }
});

// A button that offers words for a field puts them there, as if they were typed.
document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-fill]");
  if (!offer) return;
  const field = document.querySelector(offer.dataset.fill);
  field.value = offer.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// The way back leads to each list as it was filtered; the tab remembers, nobody else.
const filtersOf = (list) => sessionStorage.getItem(`list ${list}`) ?? "";
const shown = document.querySelector("[data-list]");
if (shown) sessionStorage.setItem(`list ${location.pathname}`, shown.dataset.list);
for (const back of document.querySelectorAll("a[data-back]")) back.search = filtersOf(back.pathname);
// So does a form after which one is at the list again.
document.addEventListener("submit", (event) => {
  for (const field of event.target.querySelectorAll("input[data-back]")) field.value = filtersOf(field.dataset.back);
});

// A thread shows its end.
function toBottom() {
  for (const thread of document.querySelectorAll("[data-bottom]")) thread.scrollTop = thread.scrollHeight;
}
toBottom();

document.querySelector(".errors")?.focus();

// Parts of the page that stay new: the server says that something changed, and each part asks for itself.
const parts = [...document.querySelectorAll("[data-live]")];
let stream = null;
let silence = 0; // the timer until a lost connection is told of
let over = false; // the session ended

function lost(is) {
  const told = document.getElementById("lost");
  if (told) told.hidden = !is;
}

function redraw(known) {
  if (over) return;
  for (const part of parts) {
    part.dataset.known = known ? "yes" : "";
    htmx.trigger(part, "refresh");
  }
}

// A stream holds one of the few connections a browser has for a site: only the tab that is seen listens.
function listen() {
  if (over || stream || !parts.length || document.visibilityState !== "visible") return;
  stream = new EventSource(document.body.dataset.changes);
  stream.addEventListener("listening", () => {
    clearTimeout(silence);
    lost(false);
    redraw(true);
  });
  stream.addEventListener("changed", () => redraw(true));
  stream.addEventListener("error", () => {
    clearTimeout(silence);
    silence = setTimeout(() => lost(true), PATIENCE);
    if (stream?.readyState !== EventSource.CLOSED) return;
    hush(); // the browser gave up: the part's own request tells why, such as a session that ended
    redraw(true);
    setTimeout(listen, PATIENCE);
  });
}

function hush() {
  stream?.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? listen() : hush()));
window.addEventListener("pagehide", hush);
window.addEventListener("pageshow", listen);
listen();
// What is "in 3 hours" moves on without any news.
setInterval(() => { if (document.visibilityState === "visible") redraw(false); }, MINUTE);

// A session that ended leads to the sign-in page, but nobody away from what they have written.
function wrote() {
  return [...document.querySelectorAll("main input:not([type=hidden]), main textarea")].some((field) => field.value !== field.defaultValue);
}

document.addEventListener("htmx:afterRequest", (event) => {
  const address = event.detail.xhr.getResponseHeader("X-Sign-In");
  if (!address) return;
  over = true;
  hush();
  if (wrote()) document.getElementById("ended").hidden = false;
  else location.assign(address);
});

// What stands there already is not said again; a field whose check finds something wrong says so itself.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target.innerHTML === detail.fragment.innerHTML) detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", () => {
  for (const check of document.querySelectorAll("[id$='-check']")) {
    const field = document.getElementById(check.id.replace(/-check$/, ""));
    field?.setAttribute("aria-invalid", String(check.querySelector(".bad") !== null));
  }
});

// A form that a script sends says so when it was not taken; once the session is over it goes the way of every form.
const sent = (event) => event.detail.requestConfig?.triggeringEvent?.type === "submit";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!over || !sent(event)) return;
  event.preventDefault();
  event.target.submit();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (sent(event)) document.getElementById("undone").hidden = event.detail.successful === true;
});

// Where one was in a part, found again in its new drawing: the same link or button of the same row, and as far scrolled.
function place(part) {
  const reach = (within) => [...within.querySelectorAll("a, button, summary, [tabindex]")];
  const row = document.activeElement.closest("tr[data-row]")?.dataset.row;
  const at = part.contains(document.activeElement) ? reach(row ? document.activeElement.closest("tr") : part).indexOf(document.activeElement) : -1;
  const scrolled = [...part.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  return () => {
    [...part.querySelectorAll(".scroll")].forEach((one, index) => scrolled[index] && one.scrollTo(...scrolled[index]));
    if (at < 0) return;
    const within = row ? part.querySelector(`tr[data-row="${CSS.escape(row)}"]`) : part;
    const same = within ? reach(within)[at] : null; // the row may be gone, or have lost its button
    (same ?? reach(within ?? part)[0])?.focus({ preventScroll: true });
  };
}

for (const part of parts) {
  // Not of the forms in it: what they ask for, a person does.
  part.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== part) return;
    const mark = part.querySelector("[data-mark]")?.dataset.mark ?? "";
    event.detail.headers["X-Mark"] = part.dataset.known ? mark : "";
  });
  part.addEventListener("htmx:afterRequest", (event) => {
    if (event.target === part) lost(!event.detail.successful);
  });
  let held = null;
  part.addEventListener("htmx:beforeSwap", () => { held = place(part); });
  part.addEventListener("htmx:afterSwap", () => {
    mark();
    toBottom();
    held?.();
  });
  part.addEventListener("focusin", (event) => {
    chosen = event.target.closest("tr[data-row]")?.dataset.row ?? chosen;
    mark();
  });
}
