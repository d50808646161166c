/**
 * Shows what channels say, newest first, below #smallweb-tail; and renews the rows of the list of channels.
 * A pause lets the newest MAX_ROWS wait; what is older is left out.
 */
import { connect } from "./socket.js";

const MAX_ROWS = 200;
const MAX_TEXT = 2000;
const RATE_S = 10;

const box = document.getElementById("smallweb-tail");
if (box) await begin();

async function begin() {
  const rows = box.querySelector("tbody");
  const state = box.querySelector("[data-say=state]");
  const refused = box.querySelector("[data-say=refused]");
  const pause = box.querySelector("[data-do=pause]");
  const socket = connect();
  let waiting = [];
  let times = [];
  let count = 0;
  let isPaused = false;
  let isOnline = false;

  function hear(data, { channel, offset }) {
    count += 1;
    times.push(performance.now());
    renewRow(channel, offset, data);
    waiting.push(rowOf(channel, offset, data));
    if (waiting.length > MAX_ROWS) waiting.shift();
    if (!isPaused) show();
  }

  function show() {
    for (const row of waiting) rows.prepend(row);
    waiting = [];
    while (rows.rows.length > MAX_ROWS) rows.lastElementChild.remove();
  }

  function tell() {
    const since = performance.now() - RATE_S * 1000;
    times = times.filter((time) => time > since);
    const rate = (times.length / RATE_S).toFixed(1);
    const held = isPaused && waiting.length ? `, ${waiting.length} wait` : "";
    const text = isOnline ? `live: ${count} heard, ${rate} a second${held}` : "not live";
    if (state.textContent !== text) state.textContent = text;
  }

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? box.dataset.resume : box.dataset.pause;
    if (!isPaused) show();
    tell();
  });
  box.querySelector("[data-do=clear]").addEventListener("click", () => {
    waiting = [];
    rows.replaceChildren();
  });
  socket.addEventListener("online", () => { isOnline = true; tell(); });
  socket.addEventListener("offline", () => { isOnline = false; tell(); });
  socket.addEventListener("refused", ({ detail }) => complain(refused, detail.channel, detail.error));
  box.hidden = false;
  setInterval(tell, 1000);
  for (const filter of JSON.parse(box.dataset.filters)) {
    socket.subscribe(filter, hear, { retained: false }).then(
      () => { isOnline = true; tell(); },
      (error) => complain(refused, filter, error),
    );
  }
}

function complain(place, filter, error) {
  place.hidden = false;
  place.textContent = `${filter}: ${error?.message ?? "no longer allowed."}`;
}

function rowOf(channel, offset, data) {
  const row = document.createElement("tr");
  for (const text of [new Date().toLocaleTimeString(), channel, offset, textOf(data)]) {
    const cell = row.insertCell();
    cell.textContent = text;
  }
  row.lastElementChild.className = "smallweb-said";
  return row;
}

function textOf(data) {
  const text = JSON.stringify(data);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}\u2026` : text;
}

/** The list's row of the channel, if it keeps a value and the page did not hide it. */
function renewRow(channel, offset, data) {
  const row = document.querySelector(`#result_list tr[data-channel="${CSS.escape(channel)}"]`);
  if (!row) return;
  row.querySelector(".field-offset").textContent = offset;
  const cell = row.querySelector(".field-outcome");
  const isShown = cell.textContent !== "\u2013" && !cell.textContent.includes("\u2022\u2022\u2022");
  if (isShown) cell.textContent = textOf(data).slice(0, 120);
}
