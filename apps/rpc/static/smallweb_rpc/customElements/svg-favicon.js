/**
 * <svg-favicon color="blue"><circle r="5" cx="5" cy="5" style="fill:$color;"></circle></svg-favicon>: the drawing
 * becomes the icon of the tab, drawn anew when an attribute changes. See docs/browser.md.
 */
(() => {
  if (customElements.get("svg-favicon")) return;

  const STYLE = "data-smallweb-style";
  const placeholders = import("./placeholders.js");

  class SvgFavicon extends HTMLElement {
    #observer = new MutationObserver(() => this.#draw());

    connectedCallback() {
      this.style.display = "none";
      this.#observer.observe(this, { attributes: true, childList: true, characterData: true, subtree: true });
      this.#draw();
    }

    disconnectedCallback() {
      this.#observer.disconnect();
    }

    async #draw() {
      const { fill } = await placeholders;
      const svg = drawing(this);
      fill(svg, new Map([...this.attributes].map(({ name, value }) => [name, value])));
      for (const element of svg.querySelectorAll(`[${STYLE}]`)) {
        element.style.cssText = element.getAttribute(STYLE);
        element.removeAttribute(STYLE);
      }
      if (!svg.hasAttribute("viewBox")) svg.setAttribute("viewBox", this.getAttribute("viewbox") ?? boundsOf(svg));
      show(`data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`);
      this.#observer.takeRecords();
    }
  }

  /**
   * Read the markup as what it is: the page's parser took shapes without <svg> for unknown elements of HTML.
   * Styles wait in an attribute of another name, since a parser may not set them under default-src 'self'.
   */
  function drawing(element) {
    const copy = element.cloneNode(true);
    for (const styled of copy.querySelectorAll("[style]")) {
      styled.setAttribute(STYLE, styled.getAttribute("style"));
      styled.removeAttribute("style");
    }
    const { body } = new DOMParser().parseFromString(`<svg>${copy.innerHTML}</svg>`, "text/html");
    return body.querySelector("svg > svg") ?? body.firstElementChild;
  }

  function boundsOf(svg) {
    const copy = document.importNode(svg, true);
    for (const element of copy.querySelectorAll("[style]")) element.removeAttribute("style");
    copy.setAttribute("width", 0);
    copy.setAttribute("height", 0);
    document.body.append(copy);
    const { x, y, width, height } = copy.getBBox();
    copy.remove();
    return `${x} ${y} ${width || 1} ${height || 1}`;
  }

  function show(address) {
    let link = document.querySelector("link[rel~=icon]");
    if (!link) {
      link = document.createElement("link");
      link.rel = "icon";
      document.head.append(link);
    }
    link.type = "image/svg+xml";
    if (link.href !== address) link.href = address;
  }

  const begin = () => customElements.define("svg-favicon", SvgFavicon);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
})();
