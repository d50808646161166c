/**
 * Keeps the tags of this page as fresh as the file on disk, without a reload.
 *
 *   <script type="module" src="/static/smallweb_periodic/live.js"></script>
 *
 * The page is known by its path; a site that is served under another one says so with
 * data-page="blog/index.html" on the script. Each changed element fires a bubbling "smallweb:change"
 * event; <html data-live="on|off"> tells whether news arrive.
 */
import { connect } from "../smallweb_core/socket.js";

const named = document.querySelector("script[data-page]");
const page = named ? named.dataset.page : nameOf(location.pathname);

const socket = connect();
socket.addEventListener("online", () => { document.documentElement.dataset.live = "on"; });
socket.addEventListener("offline", () => { document.documentElement.dataset.live = "off"; });
socket.subscribe(`pages/${escapeTopic(page)}/#`, (data, { isRetained }) => {
  // What is older than the page stands in it already, or a person has put something else there since.
  if (!isRetained || data.at * 1000 >= Date.parse(document.lastModified)) show(data);
});

function nameOf(pathname) {
  const path = decodeURIComponent(pathname).replace(/^\/+/, "");
  return path === "" || path.endsWith("/") ? `${path}index.html` : path;
}

/** The page's name as it stands in a channel: what a filter would read as a wildcard is escaped. */
function escapeTopic(name) {
  return name.replace(/[%+#]/g, (sign) => encodeURIComponent(sign));
}

async function show(data) {
  const element = document.getElementById(data.tag_id);
  if (element === null) return;
  if (data.fetch) {
    const fresh = await fetchElement(data.tag_id);
    if (fresh === null) return;
    TAKE_OVER[data.kind](element, fresh, data);
  } else {
    CHANGES[data.kind](element, data.value, data);
  }
  element.dispatchEvent(new CustomEvent("smallweb:change", { bubbles: true, detail: data }));
}

const CHANGES = {
  __proto__: null,
  text(element, value) { element.textContent = value; },
  // The same markup stands in the page's file; like there, the author of the job chose it.
  html(element, value) { element.innerHTML = value; },
  attribute(element, value, data) { element.setAttribute(data.attribute, value); },
  style(element, value, data) {
    if (data.replace) element.removeAttribute("style");
    for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
  },
};

/** The same from the element as it stands in the page's file. */
const TAKE_OVER = {
  __proto__: null,
  text(element, fresh) { element.innerHTML = fresh.innerHTML; },
  html(element, fresh) { element.innerHTML = fresh.innerHTML; },
  attribute(element, fresh, { attribute }) { element.setAttribute(attribute, fresh.getAttribute(attribute) ?? ""); },
  style(element, fresh) { element.style.cssText = fresh.getAttribute("style") ?? ""; },
};

/** Values too long for a message are taken from the page itself. */
async function fetchElement(tagId) {
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html").getElementById(tagId);
}
