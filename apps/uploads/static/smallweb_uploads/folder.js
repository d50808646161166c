/** The page of a folder: a box for files; the list shows what has come. */
import "./upload_box.js";

async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-files]");
  if (fresh) document.querySelector("[data-files]").replaceWith(fresh);
}

document.addEventListener("upload-done", refresh);
