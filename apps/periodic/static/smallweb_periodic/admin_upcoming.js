/**
 * Shows what a schedule means while it is being typed into the form of a job.
 * The server reads it, so that both say the same.
 */
const PAUSE_MS = 300;
const FIELDS = ["every", "cron", "time_zone"];
const MOMENTS = ["starts_at", "ends_at"];

const box = document.getElementById("smallweb-upcoming");
const form = document.getElementById("job_form");
let timer = null;
let asked = 0;

function typed() {
  const query = new URLSearchParams();
  for (const name of FIELDS) query.set(name, form.elements[name]?.value ?? "");
  for (const name of MOMENTS) {
    const parts = [form.elements[`${name}_0`]?.value, form.elements[`${name}_1`]?.value];
    query.set(name, parts.filter(Boolean).join(" "));
  }
  return query;
}

async function ask() {
  asked += 1;
  const number = asked;
  const response = await fetch(`${box.dataset.url}?${typed()}`, { redirect: "manual" });
  if (response.ok && number === asked) show(await response.json());
}

function show({ words, times, error }) {
  const line = document.createElement("p");
  line.textContent = error ?? words;
  line.classList.toggle("smallweb-problem", error !== undefined);
  const list = document.createElement("ul");
  list.className = "smallweb-times";
  for (const time of times ?? []) {
    const item = document.createElement("li");
    item.textContent = time;
    list.append(item);
  }
  box.replaceChildren(line, list);
}

function plan(event) {
  const name = event.target.name?.replace(/_[01]$/, "");
  if (!FIELDS.includes(name) && !MOMENTS.includes(name)) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

if (box && form) {
  form.addEventListener("input", plan);
  form.addEventListener("change", plan);
}
