/** Makes a form of each path of openapi.json, sends it, and shows what comes back. Nothing of it is ever HTML. */
import { csrfToken } from "../smallweb_core/csrf.js";
import { fieldsOf, requestOf, curlOf } from "./try_request.js";

const MAX_SHOWN = 100_000;
const PAUSE_MS = 500;
const list = document.getElementById("try-list");
const note = document.getElementById("try-note");
const words = document.getElementById("try-words").dataset;

function clone(id) {
  const copy = document.getElementById(id).content.firstElementChild.cloneNode(true);
  const slots = Object.fromEntries([...copy.querySelectorAll("[data-slot]")].map((one) => [one.dataset.slot, one]));
  return [copy, slots];
}

function showPath(path, operations, base, schemas) {
  const [details, slots] = clone("try-path");
  const [first] = Object.values(operations);
  const form = details.querySelector("form");
  const fields = fieldsOf(operations, schemas, words);
  slots.methods.textContent = Object.keys(operations).join(" ").toUpperCase();
  details.dataset.path = path;
  slots.path.textContent = path.startsWith(`/${first.tags[0]}/`) ? path.slice(first.tags[0].length + 2) : path;
  slots.summary.textContent = first.summary ?? "";
  slots.signature.textContent = (path.split("/").pop() || "index") + (first["x-signature"] ?? "");
  slots.doc.textContent = first.description ?? "";
  slots.fields.append(...fields.map(showField));
  slots.buttons.append(...Object.keys(operations).map((method) => makeButton(method.toUpperCase())));
  const made = (method) => requestOf(method, base + path, fields, operations[method.toLowerCase()]);
  const preferred = slots.buttons.firstElementChild.value;
  const showCurl = (method) => { slots.curl.textContent = curlOf(made(method), location.origin); };
  form.addEventListener("input", () => showCurl(preferred));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const method = event.submitter?.value ?? preferred;
    showCurl(method);
    send(made(method), details.querySelector(".try-outcome"), slots);
  });
  details.addEventListener("toggle", () => details.open && slots.curl.textContent === "" && showCurl(preferred));
  return details;
}

function showField(field) {
  const [label, slots] = clone("try-field");
  slots.name.textContent = field.name;
  slots.hint.textContent = field.hint;
  label.append(field.input);
  return label;
}

function makeButton(method) {
  const button = document.createElement("button");
  button.value = button.textContent = method;
  return button;
}

async function send({ url, method, headers, body }, outcome, slots) {
  const began = performance.now();
  const token = method === "GET" ? {} : { "X-CSRFToken": csrfToken() };
  const shown = { status: "…", time: "", headers: "", body: "", progress: "" };
  for (const [name, text] of Object.entries(shown)) slots[name].textContent = text;
  slots.task.hidden = slots.file.hidden = true;
  outcome.hidden = false;
  delete outcome.dataset.failed;
  try {
    const response = await fetch(url, { method, headers: { ...headers, ...token }, body });
    slots.status.textContent = `${response.status} ${response.statusText}`;
    slots.headers.textContent = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    outcome.toggleAttribute("data-failed", !response.ok);
    if (response.status === 202 && response.headers.get("Location")) follow(response.headers.get("Location"), slots);
    await showBody(response, slots);
  } catch {
    slots.status.textContent = words.away;
    outcome.dataset.failed = "";
  }
  slots.time.textContent = `${Math.round(performance.now() - began)} ms`;
}

/** Shows a text piece by piece, as it comes; offers anything else as a file. */
async function showBody(response, slots) {
  const kind = response.headers.get("Content-Type") ?? "";
  if (kind.includes("json") && !kind.includes("ndjson")) return showJson(await response.text(), slots);
  if (!/^text\/|ndjson|^$/.test(kind)) return offer(await response.blob(), slots);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader.read()) {
    text += piece.value;
    slots.body.textContent = text.slice(0, MAX_SHOWN);
    if (text.length > MAX_SHOWN) {
      slots.body.append(`\n${words.cut}`);
      return reader.cancel();
    }
  }
}

function showJson(text, slots) {
  let shown = text;
  try {
    const value = JSON.parse(text);
    if (JSON.stringify(value).length === text.length) shown = JSON.stringify(value, null, 2);
  } catch { /* it is shown as it came */ }
  slots.body.textContent = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}\n${words.cut}` : shown;
}

function offer(blob, slots) {
  URL.revokeObjectURL(slots.download.href);
  slots.download.href = URL.createObjectURL(blob);
  slots.body.textContent = `${blob.type || "?"}, ${blob.size} B`;
  slots.file.hidden = false;
}

/** Keeps the words behind a task's link as new as the task; the page behind the link does more. */
async function follow(place, slots) {
  slots.link.href = place;
  slots.link.textContent = place;
  slots.task.hidden = false;
  while (slots.link.getAttribute("href") === place && !slots.task.hidden) {
    const response = await fetch(place, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    const told = response?.ok ? await response.json() : null;
    if (told) slots.progress.textContent = [told.status, ...partsOf(told)].join(" · ");
    if (response && (!told || !("state" in told))) return;
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
  }
}

function partsOf({ state, data, error }) {
  if (error !== undefined) return [error];
  if (data !== undefined) return [JSON.stringify(data)];
  const count = state?.number === undefined ? [] : [[state.number, state.total].filter((one) => one !== undefined).join("/")];
  return [...(state?.title ? [state.title] : []), ...count];
}

function showAll(told) {
  const base = told.servers[0].url.replace(/\/$/, "");
  const groups = new Map();
  for (const [path, item] of Object.entries(told.paths)) {
    const operations = Object.fromEntries(Object.entries(item).filter(([, one]) => one["x-signature"] !== undefined));
    const [tag] = Object.values(operations)[0]?.tags ?? [];
    if (tag !== undefined) groups.set(tag, [...(groups.get(tag) ?? []), showPath(path, operations, base, told.components.schemas)]);
  }
  for (const [tag, shown] of groups) {
    const section = document.createElement("section");
    const heading = document.createElement("h2");
    heading.textContent = tag;
    section.append(heading, ...shown);
    list.append(section);
  }
  note.textContent = groups.size ? "" : note.dataset.none;
  document.querySelector(".try-filter").hidden = !groups.size;
}

function filter({ target }) {
  const wanted = target.value.toLowerCase();
  for (const section of list.children) {
    for (const details of section.querySelectorAll(":scope > details")) {
      details.hidden = !details.dataset.path.toLowerCase().includes(wanted);
    }
    section.hidden = !section.querySelector(":scope > details:not([hidden])");
  }
}

document.getElementById("try-filter").addEventListener("input", filter);
fetch(document.querySelector("main").dataset.document, { cache: "no-cache" })
  .then((response) => response.json())
  .then(showAll)
  .catch(() => { note.textContent = note.dataset.failed; });
