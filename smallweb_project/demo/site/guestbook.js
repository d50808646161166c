import { csrfToken } from "/static/smallweb_core/csrf.js";

const PAUSE_MS = 300;
const find = (id) => document.getElementById(id);

/** Send a request as a program does: faults come as JSON, and are thrown as their sentence. */
async function ask(url, method = "GET", body = undefined) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const response = await fetch(url, { method, body, headers, cache: "no-store" });
  if (!response.ok) throw new Error((await response.json()).message);
  return response;
}

function complain(error) {
  find("problem").textContent = error.message;
}

async function showEntries() {
  const entries = await (await ask("/guestbook/Guestbook/entries")).json();
  find("nobody").hidden = entries.length > 0;
  find("entries").replaceChildren(...entries.map(itemOf));
}

function itemOf({ name, words, at }) {
  const item = document.createElement("li");
  const who = document.createElement("p");
  who.className = "small";
  who.textContent = `${name}, ${new Date(at).toLocaleString()}`;
  item.append(words, who);
  return item;
}

find("sign").addEventListener("submit", async (event) => {
  event.preventDefault();
  find("problem").textContent = "";
  try {
    await ask(event.target.action, "POST", new FormData(event.target));
    event.target.reset();
    await showEntries();
  } catch (error) {
    complain(error);
  }
});

let task = "";

find("count").addEventListener("submit", async (event) => {
  event.preventDefault();
  setRunning(true);
  try {
    const { id } = await (await ask(event.target.action, "POST")).json();
    task = `/status/${id}`;
    find("told").textContent = await ended(task);
  } catch (error) {
    find("told").textContent = error.message;
  }
  setRunning(false);
});

find("cancel").addEventListener("click", () => ask(task, "DELETE").catch(complain));

/** Look at the status until the task has ended; return what to say then. */
async function ended(address) {
  for (;;) {
    const { status, state, data, error } = await (await ask(address)).json();
    if (status === "SUCCESS") return `${data.words} words on ${data.pages} pages.`;
    if (state === undefined) return error ?? "Cancelled.";
    show(state);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function show({ number, total, title, words }) {
  if (number === undefined) return;
  find("bar").value = number / total;
  find("told").textContent = `${title}: ${words} words so far`;
}

function setRunning(isRunning) {
  find("start").disabled = isRunning;
  find("bar").hidden = find("cancel").hidden = !isRunning;
  find("bar").value = 0;
  if (isRunning) find("told").textContent = "Waiting for a worker";
}

showEntries().catch(complain);
