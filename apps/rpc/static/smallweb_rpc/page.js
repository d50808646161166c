/** window.page: reach and change the elements of the page; a selector stands for all elements that it finds. See docs/browser.md. */
(() => {
  if (window.page) return;

  function all(selector) {
    if (typeof selector === "string") return [...document.querySelectorAll(selector)];
    return selector instanceof Node ? [selector] : [...selector];
  }

  /** Without a value what the first element has; with one, every element gets it. */
  function property(name) {
    return (selector, value) => {
      const elements = all(selector);
      if (value === undefined) return elements[0]?.[name];
      for (const element of elements) element[name] = value;
      return elements;
    };
  }

  function attribute(selector, name, value) {
    const elements = all(selector);
    if (value === undefined) return elements[0]?.getAttribute(name) ?? null;
    for (const element of elements) {
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
    return elements;
  }

  /** Call handler(event, element), for elements that come later too. Returns a function that ends it. */
  function on(selector, type, handler) {
    if (typeof selector !== "string") return listen(all(selector), type, handler);
    const delegate = (event) => {
      const element = event.target instanceof Element ? event.target.closest(selector) : null;
      if (element) handler(event, element);
    };
    document.addEventListener(type, delegate, true); // Captured, since focus and its like do not bubble.
    return () => document.removeEventListener(type, delegate, true);
  }

  function listen(elements, type, handler) {
    const ends = elements.map((element) => {
      const listener = (event) => handler(event, element);
      element.addEventListener(type, listener);
      return () => element.removeEventListener(type, listener);
    });
    return () => ends.forEach((end) => end());
  }

  const hidden = property("hidden");
  const tools = {
    all,
    on,
    text: property("textContent"),
    html: property("innerHTML"),
    value: property("value"),
    attribute,
    show: (selector) => hidden(selector, false),
    hide: (selector) => hidden(selector, true),
    ready: new Promise((resolve) => {
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
      else resolve();
    }),
  };

  /** page.greeting is the element with that id; page.greeting = "Hello" sets its text, or its value if it is a field. */
  window.page = new Proxy(tools, {
    get: (target, name) => {
      if (Object.hasOwn(target, name)) return target[name];
      return typeof name === "string" ? document.getElementById(name) ?? undefined : undefined;
    },
    set: (target, name, value) => {
      const element = document.getElementById(name);
      if (!element || Object.hasOwn(target, name)) return false;
      if ("value" in element && !(element instanceof HTMLLIElement)) element.value = value;
      else element.textContent = value;
      return true;
    },
  });
})();
