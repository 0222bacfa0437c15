// A claim is renewed while its holder works on the sheet, and its time runs down before everyone's eyes.
"use strict";

const claimed = document.getElementById("claim");
const SECOND = 1000; // milliseconds
const renewEvery = (Number(claimed.dataset.lease) * SECOND) / 10;
let renewedAt = Date.now();

// Only what a person does counts as work, and only in a tab that is seen.
function worked() {
  const form = document.getElementById("renew");
  if (!form || document.visibilityState !== "visible" || Date.now() - renewedAt < renewEvery) return;
  renewedAt = Date.now();
  htmx.trigger(form, "renew");
}

for (const deed of ["keydown", "input", "pointerdown", "wheel"]) {
  document.addEventListener(deed, worked, { passive: true });
}

function countDown() {
  const until = claimed.querySelector("[data-countdown]");
  if (!until) return;
  const left = Math.max(0, Math.round((Date.parse(until.dateTime) - Date.now()) / SECOND));
  until.title = until.title || until.textContent;
  until.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

countDown();
setInterval(countDown, SECOND);
