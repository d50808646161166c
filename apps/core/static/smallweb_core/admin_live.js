/**
 * Keeps an admin page as new as the database, without a reload.
 *
 *   <script type="module" src="admin_live.js" data-topic="admin/smallweb_periodic/#"
 *     data-every="0"></script>
 *
 * On news, and every so many seconds if that is not 0, the page fetches itself and takes over the rows of its
 * list and every element with a data-live name; forms, ticked boxes and whatever has the focus stay as they are.
 */
import { connect } from "./socket.js";

const SHORTEST_PAUSE_MS = 1000;
// Workers tell of many changes once: what follows the last news closely is not told, so look once more.
const LATE_LOOK_MS = 1000;
// A page that is slow to make is fetched less often: at most a tenth of the time goes into it.
const PAUSE_PER_FETCH = 9;

const { topic, every } = document.querySelector("script[data-topic]").dataset;
const sign = document.createElement("p");
sign.className = "smallweb-live";
sign.setAttribute("role", "status");
document.querySelector("#content h1")?.after(sign);

let isStale = false;
let timer = null;
let lateTimer = null;
let mayFetchAt = 0;
let isLeaving = false;

function showLive(isLive) {
  const text = isLive ? "live" : "not live";
  sign.classList.toggle("smallweb-on", isLive);
  if (sign.textContent !== text) sign.textContent = text;
}

function look() {
  isStale = true;
  plan();
}

function lookTwice() {
  look();
  clearTimeout(lateTimer);
  lateTimer = setTimeout(look, LATE_LOOK_MS);
}

function plan() {
  if (!isStale || timer !== null || document.hidden || isLeaving) return;
  timer = setTimeout(refresh, Math.max(0, mayFetchAt - performance.now()));
}

async function refresh() {
  const startedAt = performance.now();
  isStale = false;
  try {
    const fresh = await fetchPage();
    if (fresh) takeOver(fresh);
    showLive(fresh !== null);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // fetch's word for "no answer": the next news try again
    showLive(false);
  } finally {
    const endedAt = performance.now();
    mayFetchAt = endedAt + Math.max(SHORTEST_PAUSE_MS, (endedAt - startedAt) * PAUSE_PER_FETCH);
    timer = null;
    plan();
  }
}

/** The page as it is now; null when it is gone or the login has ended. */
async function fetchPage() {
  const response = await fetch(location.href, { cache: "no-store", redirect: "manual" });
  return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
}

function takeOver(fresh) {
  for (const old of document.querySelectorAll("[data-live]:not(#result_list *)")) {
    const renewed = fresh.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
    if (renewed) renew(old, renewed);
  }
  renewList(fresh);
}

function renewList(fresh) {
  const rows = document.querySelector("#result_list tbody");
  const freshRows = fresh.querySelector("#result_list tbody");
  if (rows && freshRows) renewRows(rows, freshRows);
  else if (freshRows) showFirst(freshRows.closest(".results") ?? freshRows.closest("table"));
  else if (rows) rows.replaceChildren(); // all are gone
  for (const counted of ["#changelist-form .paginator", "#changelist-search .quiet"]) {
    const count = document.querySelector(counted);
    const freshCount = fresh.querySelector(counted);
    if (count && freshCount) renew(count, freshCount);
  }
}

/** An empty list has no table at all. */
function showFirst(results) {
  const form = document.getElementById("changelist-form");
  const actions = form.querySelector(".actions");
  if (actions) actions.after(results);
  else form.prepend(results);
}

/** Fill an element with what the fresh one holds, unless a person is at work in it. */
function renew(old, renewed) {
  if (old.contains(document.activeElement)) return;
  for (const details of old.querySelectorAll("details[open][id]")) {
    renewed.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
  }
  if (old.innerHTML !== renewed.innerHTML) old.replaceChildren(...renewed.childNodes);
}

/** Rows keep their element as long as they are there, and with it their ticked box. */
function renewRows(rows, freshRows) {
  const known = new Map([...rows.rows].map((row) => [keyOf(row), row]));
  const wanted = [...freshRows.rows].map((fresh) => {
    const row = known.get(keyOf(fresh));
    if (!row) return fresh;
    renewCells(row, fresh);
    return row;
  });
  for (const row of known.values()) {
    if (!wanted.includes(row) && !row.contains(document.activeElement)) row.remove();
  }
  const focused = document.activeElement;
  wanted.forEach((row, place) => {
    if (rows.rows[place] !== row) rows.insertBefore(row, rows.rows[place] ?? null);
  });
  if (document.activeElement !== focused) focused.focus({ preventScroll: true }); // lost by being moved
}

function keyOf(row) {
  return row.querySelector("input.action-select")?.value ?? row.querySelector("th a")?.pathname;
}

function renewCells(row, fresh) {
  const freshCells = [...fresh.cells];
  [...row.cells].forEach((cell, place) => {
    if (!cell.classList.contains("action-checkbox")) renew(cell, freshCells[place]);
  });
}

showLive(false);
document.addEventListener("visibilitychange", plan);
// A fetch between a form and its answer would take the message that is meant for the answer.
addEventListener("submit", () => {
  isLeaving = true;
  clearTimeout(timer);
  timer = null;
});
addEventListener("pageshow", () => { isLeaving = false; });
if (Number(every)) {
  look();
  setInterval(look, every * 1000);
}
if (topic) await listen();

async function listen() {
  const socket = connect();
  socket.addEventListener("online", () => {
    showLive(true);
    lookTwice(); // something may have happened while the line was down
  });
  socket.addEventListener("offline", () => { showLive(false); });
  await socket.subscribe(topic, lookTwice, { retained: false });
}
