"use strict";
// The sender's phone: polls the log, shows one phone's thread, replies, winds the clock.
// Every text is set as text, never as markup: a reply is hostile input.

const WORDS = {
  en: {
    title: "The sender's phone", note: "Sandbox: nothing here leaves this machine.", phones: "Phones",
    none: "No text has been sent yet. Submit a query, and it appears here.", messages: "Messages",
    reply: "Reply as this phone", send: "Send", clock: "Clock", hour: "+ 1 hour", day: "+ 1 day",
    due: "To the next due time", wind: "Winding forward brings reminders and the hotline sooner. It never goes back.",
    magic: "Numbers that behave", ends: "By the last four digits of a mobile; any other is delivered.",
    other: "中文", otherLang: "zh-Hant", locale: "en-HK", segment: "segment", segments: "segments",
    away: "The server does not answer.", failed_control: "That did not work.", business: "Business time",
    queued: "queued", sent: "sent", delivered: "delivered", undelivered: "not delivered", failed: "failed",
    received: "sent by this phone",
  },
  "zh-Hant": {
    title: "寄件人的手機", note: "沙盒環境：一切只在本機，不會發出。", phones: "手機",
    none: "尚未發出短訊。提交查詢後，短訊會在此顯示。", messages: "訊息",
    reply: "以此手機回覆", send: "傳送", clock: "時鐘", hour: "＋1 小時", day: "＋1 日",
    due: "到下一個到期時間", wind: "把時鐘撥前，可提早看到提示短訊及熱線跟進。時鐘不能撥回。",
    magic: "特別號碼", ends: "以手機號碼最後四位數字區分；其他號碼均會送達。",
    other: "English", otherLang: "en", locale: "zh-HK", segment: "段", segments: "段",
    away: "伺服器沒有回應。", failed_control: "未能完成。", business: "業務時間",
    queued: "等候發送", sent: "已發出", delivered: "已送達", undelivered: "未能送達", failed: "發送失敗",
    received: "由此手機發出",
  },
};
const MAGIC_ZH = {
  "0001": "拒收：號碼無效（21211）", "0002": "拒收：已退訂（21610）", "0003": "未能送達：號碼未使用（30005）",
  "0004": "發送失敗：手機關機（30003）", "0005": "停留在已發出", "0006": "送達，但沒有回執",
  "0007": "拒收：並非手機（21614）", "0008": "未能送達：固網電話（30006）", "0009": "未能送達：被過濾（30007）",
};

const $ = (id) => document.getElementById(id);
let language = localStorage.getItem("language") === "zh-Hant" ? "zh-Hant" : "en";
let about = null; // what the server says of itself; asked for until it answers
let messages = [];
let chosen = null;
let clock = null;
let drawn = "";

const say = (key) => WORDS[language][key] ?? key;
const phoneOf = (message) => (message.direction === "inbound" ? message.from : message.to);
const spaced = (phone) => phone.replace(/^(\+852)(\d{4})(\d{4})$/, "$1 $2 $3");
// The post's own time, wherever the browser is.
const local = (instant, parts) => instant.toLocaleString(say("locale"), { timeZone: "Asia/Hong_Kong", ...parts });

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function drawWords() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-say]")) place.textContent = say(place.dataset.say);
  $("language").textContent = say("other");
  $("language").lang = say("otherLang");
  document.title = say("title");
  $("magic").replaceChildren(...(about?.magic ?? []).flatMap(([digits, what]) => [
    element("dt", `…${digits}`), element("dd", language === "en" ? what : MAGIC_ZH[digits] ?? what),
  ]));
  drawn = "";
  draw();
  drawClock();
}

function draw() {
  // Whoever was texted, or wrote, last comes first.
  const phones = [...new Set([...messages].reverse().map(phoneOf))];
  if (chosen === null && phones.length) chosen = phones[0];
  const now = JSON.stringify([chosen, messages.map((m) => [m.sid, m.status])]);
  if (now === drawn) return;
  drawn = now;
  $("no-phones").hidden = phones.length > 0;
  $("handset").disabled = chosen === null;
  const focused = document.activeElement.dataset.phone;
  $("phones").replaceChildren(...phones.map(drawPhone));
  if (focused) document.querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
  const thread = messages.filter((message) => phoneOf(message) === chosen);
  $("thread").replaceChildren(...thread.map(drawMessage));
  $("thread").scrollTop = $("thread").scrollHeight;
}

function drawPhone(phone) {
  const button = element("button", spaced(phone));
  button.type = "button";
  button.dataset.phone = phone;
  button.setAttribute("aria-pressed", String(phone === chosen));
  button.addEventListener("click", () => { chosen = phone; draw(); });
  const row = element("li");
  row.append(button);
  return row;
}

function drawMessage(message) {
  const mine = message.direction === "inbound";
  const row = element("li", undefined, mine ? "from-phone" : "from-post");
  row.append(element("p", message.body));
  const at = local(new Date(message.at * 1000), { hour: "numeric", minute: "2-digit" });
  const status = say(message.status) + (message.error_code ? ` (${message.error_code})` : "");
  const lost = ["undelivered", "failed"].includes(message.status);
  row.append(element("small", `${at} · ${status} · ${message.segments} ${say(message.segments === 1 ? "segment" : "segments")}`, lost ? "lost" : ""));
  return row;
}

// Fails with an Error whose message may be shown: the server's own words, or that there were none.
async function ask(url, body) {
  let answer, read;
  try {
    answer = await fetch(url, body === undefined ? {} : {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    read = await answer.json();
  } catch {
    throw new Error(say("away"));
  }
  if (!answer.ok) throw new Error(read.error ?? read.detail ?? say("failed_control"));
  return read;
}

// What somebody steers: a failure is told beside the controls, and a success takes the old message away.
async function steer(deed) {
  try {
    await deed();
    $("trouble").textContent = "";
  } catch (trouble) {
    $("trouble").textContent = trouble.message;
  }
}

function drawClock() {
  if (clock === null) return;
  $("now").dateTime = clock.now;
  $("now").textContent = local(new Date(clock.now), {
    weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit",
  });
}

function showClock(read) {
  clock = read;
  drawClock();
}

async function introduce() {
  about = await ask("control/about");
  $("clock").hidden = !about.clock_url;
  drawWords();
}

async function poll() {
  try {
    if (about === null) await introduce();
    messages = (await ask("control/log")).messages;
    draw();
    if (about.clock_url) showClock(await ask(about.clock_url));
    if ($("trouble").dataset.away) { $("trouble").textContent = ""; delete $("trouble").dataset.away; }
  } catch (trouble) {
    $("trouble").textContent = trouble.message;
    $("trouble").dataset.away = "1";
  }
  setTimeout(poll, 1000);
}

$("language").addEventListener("click", () => {
  language = language === "en" ? "zh-Hant" : "en";
  localStorage.setItem("language", language);
  drawWords();
});

$("reply").addEventListener("submit", (event) => {
  event.preventDefault();
  if (chosen === null) return;
  steer(async () => {
    await ask("control/reply", { from: chosen, body: $("words").value });
    $("words").value = "";
  });
});

for (const button of document.querySelectorAll("[data-wind]")) {
  button.addEventListener("click", () => steer(async () => {
    showClock(await ask(about.clock_url, JSON.parse(button.dataset.wind)));
  }));
}

drawWords();
poll();
