/**
 * <custom-template type="my-card" name="nobody">…$name…$innerHTML…$#foot…</custom-template> defines the element
 * <my-card name="Ann">…<i subID="foot">…</i></my-card>. See docs/browser.md.
 */
(() => {
  if (customElements.get("custom-template")) return;

  const DEEPEST = 32;
  const placeholders = import("./placeholders.js");

  /** The content of a use, which is put where the template asks for it: the nodes themselves once, then copies. */
  class Content {
    #nodes;
    #placed = new Set();

    constructor(nodes) {
      this.#nodes = [...nodes];
    }

    begin() {
      this.#placed.clear();
    }

    at(place) {
      if (!place.startsWith("#")) return this.#nodes.map((node) => this.#place(node));
      const named = this.#nodes.find((node) => node instanceof Element && node.getAttribute("subid") === place.slice(1));
      return named ? [this.#place(named)] : [];
    }

    #place(node) {
      if (this.#placed.has(node)) return node.cloneNode(true);
      this.#placed.add(node);
      return node;
    }
  }

  function define(type, defaults, template, fill) {
    customElements.define(type, class extends HTMLElement {
      static observedAttributes = [...defaults.keys()];
      #content = null;

      connectedCallback() {
        if (this.#content) return;
        if (depthOf(this) > DEEPEST) throw new RangeError(`<${type}> contains itself.`);
        this.#content = new Content(this.childNodes);
        this.#render();
      }

      attributeChangedCallback() {
        if (this.#content) this.#render();
      }

      #render() {
        const given = [...this.attributes].filter(({ name }) => name !== "type").map(({ name, value }) => [name, value]);
        const made = document.importNode(template.content, true);
        this.#content.begin();
        fill(made, new Map([...defaults, ...given]), (place) => this.#content.at(place));
        this.replaceChildren(made);
      }
    });
  }

  function depthOf(element) {
    let depth = 0;
    for (let at = element; at; at = at.parentElement) if (at.localName === element.localName) depth++;
    return depth;
  }

  class CustomTemplate extends HTMLElement {
    connectedCallback() {
      const type = this.getAttribute("type");
      if (!type || customElements.get(type)) return;
      const defaults = [...this.attributes].filter(({ name }) => name !== "type").map(({ name, value }) => [name, value]);
      const template = this.querySelector(":scope > template") ?? document.createElement("template");
      // Out of the page before any type is defined: uses inside a template are not to be made there.
      if (!template.isConnected) template.content.append(...this.childNodes);
      this.hidden = true;
      placeholders.then(({ fill }) => define(type, new Map(defaults), template, fill)).catch(reportError);
    }
  }

  const begin = () => customElements.define("custom-template", CustomTemplate);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
})();
