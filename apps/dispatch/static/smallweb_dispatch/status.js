/** Keeps the page of a task's status as new as the task: asks twice a second, for as long as it runs. */
const page = document.getElementById("smallweb-status");
const word = document.getElementById("smallweb-word");
const words = new Map([["Running", word.dataset.waiting], ["inProgress", word.dataset.running]]);
const bar = page.querySelector("progress");
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
let pauseMs = PAUSE_MS;

function show({ status, state }) {
  word.textContent = words.get(status) ?? status;
  document.getElementById("smallweb-title").textContent = state?.title ?? "";
  if (typeof state?.number === "number" && typeof state?.total === "number") {
    bar.max = state.total;
    bar.value = state.number;
  } else {
    bar.removeAttribute("value");
  }
}

async function look() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (response.status === 404) return location.reload();
    if (response.ok) {
      const news = await response.json();
      if (!("state" in news)) return location.reload(); // it is over: the whole page says more
      show(news);
      pauseMs = PAUSE_MS;
    }
  } catch {
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS); // the server is away for a while
  }
  setTimeout(look, pauseMs);
}

setTimeout(look, pauseMs);
