// A claim is taken on in its place, renewed while its holder works on the sheet, and runs down before everyone's eyes.
"use strict";

const claimed = document.getElementById("claim");
const endings = document.getElementById("endings"); // of what is closed there are none
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

// Who does not hold it cannot say how the call ended; but what they have written there stays in sight.
function sayWhoEnds() {
  if (!endings) return;
  const ends = claimed.querySelector("[data-ends]").dataset.ends;
  const written = [...endings.querySelectorAll("textarea")].some((field) => field.value.trim());
  endings.hidden = ends === "closed" && !written;
  endings.querySelector(".others").hidden = ends !== "held";
  endings.querySelector(".ways").hidden = ends !== "open" && !written;
  for (const button of endings.querySelectorAll("button")) button.disabled = ends !== "open";
}

sayWhoEnds();
claimed.addEventListener("htmx:afterSwap", sayWhoEnds);

const isClaim = (event) => event.detail.pathInfo.requestPath.endsWith("/claim") && event.detail.requestConfig.verb === "post";

// Whoever has just taken it on asks for the number for the usual reason, unless they gave another.
claimed.addEventListener("htmx:afterSwap", (event) => {
  const because = document.getElementById("because");
  if (isClaim(event) && because && !because.value) because.value = claimed.querySelector("[data-because]")?.dataset.because ?? "";
});
claimed.addEventListener("htmx:afterSettle", (event) => {
  if (isClaim(event)) document.querySelector("#late .errors")?.focus();
});
