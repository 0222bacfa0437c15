// Charts out of the tables below them: without this file the tables say the same.
"use strict";

const SIZE = 220; // pixels of height

function column(table, place) {
  const values = [...table.querySelectorAll("tbody tr")].map((row) => row.children[place].dataset.value);
  return values.map((value) => (value === undefined ? null : Number(value))); // a share of nothing is no point
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis() {
  return { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
}

// Hours as the pages write them, and the day where it begins or changes; ticks are seconds, `step` apart.
const DAY = 86_400; // seconds
const there = { timeZone: "Asia/Hong_Kong" };
const clock = new Intl.DateTimeFormat("en-GB", { ...there, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { ...there, day: "numeric", month: "numeric" });

function times(_chart, ticks, _axis, _space, step) {
  let before = "";
  return ticks.map((tick) => {
    const [hour, date] = [clock, day].map((form) => form.format(new Date(tick * 1000)));
    const told = step >= DAY ? date : date === before ? hour : `${hour}\n${date}`;
    before = date;
    return told;
  });
}

function draw(place) {
  const table = document.getElementById(place.dataset.from);
  const heads = [...table.querySelectorAll("thead th")];
  const names = heads.map((cell) => cell.textContent);
  const data = names.map((_, index) => column(table, index));
  const strokes = ["--link", "--good", "--warn"];
  const bars = place.dataset.chart === "bars" ? uPlot.paths.bars({ size: [0.7] }) : undefined;
  const shares = heads.some((cell) => cell.dataset.scale);
  const series = heads.slice(1).map((cell, index) => {
    const share = cell.dataset.scale === "percent"; // a line with an axis of its own, before the bars of counts
    return {
      label: cell.textContent, stroke: colour(strokes[index]), width: 2, scale: share ? "percent" : "y",
      paths: share ? undefined : bars, fill: bars && index === 0 ? colour("--tint") : undefined, points: { show: share || data[0].length === 1 },
    };
  });
  const percent = { ...axis(), scale: "percent", side: 1, grid: { show: false }, values: (_, ticks) => ticks.map((one) => `${one}%`) };
  const time = place.dataset.time === "yes";
  const along = time ? { ...axis(), values: times } : axis();
  const options = {
    width: place.clientWidth, height: SIZE, series: [{ label: names[0] }, ...series], axes: shares ? [along, axis(), percent] : [along, axis()],
    scales: {
      x: { time }, y: { range: (_, low, high) => [0, Math.max(high, 1)] },
      ...(shares ? { percent: { range: [0, 100] } } : {}),
    },
    legend: { show: names.length > 2 }, cursor: { show: false },
    tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "Asia/Hong_Kong"),
  };
  place.replaceChildren();
  new uPlot(options, data, place);
}

const places = [...document.querySelectorAll("[data-chart]")];
const drawAll = () => places.forEach(draw);
drawAll();
window.addEventListener("resize", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
