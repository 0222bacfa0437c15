// Charts out of the tables below them: without this file the tables say the same.
"use strict";

const SIZE = 220; // pixels of height

function column(table, place) {
  return [...table.querySelectorAll("tbody tr")].map((row) => Number(row.children[place].dataset.value));
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis() {
  return { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
}

function draw(place) {
  const table = document.getElementById(place.dataset.from);
  const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent);
  const data = names.map((_, index) => column(table, index));
  const strokes = ["--link", "--good"];
  const bars = place.dataset.chart === "bars" ? uPlot.paths.bars({ size: [0.7] }) : undefined;
  const series = names.slice(1).map((label, index) => ({
    label, stroke: colour(strokes[index]), width: 2, paths: bars, fill: bars && index === 0 ? colour("--tint") : undefined,
    points: { show: false },
  }));
  const options = {
    width: place.clientWidth, height: SIZE, series: [{ label: names[0] }, ...series], axes: [axis(), axis()],
    scales: { x: { time: place.dataset.time === "yes" }, y: { range: (_, low, high) => [0, Math.max(high, 1)] } },
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
