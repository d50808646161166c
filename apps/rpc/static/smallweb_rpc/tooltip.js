/**
 * tooltip="text#kind": shows the text while the element is pointed at or has the focus; Escape hides it. What follows
 * the last # is a class of the bubble, "def" if there is none. See docs/browser.md.
 */
(() => {
  if (window.tooltip) return;

  const GAP_PX = 6;
  const CROSSING_MS = 200; // The time to move over the gap, into the bubble.
  // In a layer: any rule of the page's own wins. Such a sheet is allowed under default-src 'self'.
  const LOOK = `@layer smallweb {
    .smallweb-tooltip {
      position: fixed; inset: auto; margin: 0; z-index: 2147483647; box-sizing: border-box; max-width: min(20rem, 100vw - 12px);
      padding: 0.3em 0.6em; border: 0; border-radius: 4px; overflow-wrap: break-word; white-space: pre-line;
      font: 0.875rem/1.4 system-ui, sans-serif; color: #fff; background: #222;
    }
  }`;

  const bubble = document.createElement("div");
  bubble.id = "smallweb-tooltip";
  bubble.role = "tooltip";
  bubble.popover = "manual";
  bubble.hidden = true;
  let target = null;
  let described = null;
  let leaving = 0;

  /** "a #1 tip#warn" is ["a #1 tip", "warn"]. */
  function parse(written) {
    const [, text, kind] = written.match(/^(.*)#([\w -]*)$/s) ?? [null, written, ""];
    return [text, kind.trim() || "def"];
  }

  function show(element) {
    clearTimeout(leaving);
    if (element === target) return;
    hide();
    const [text, kind] = parse(element.getAttribute("tooltip"));
    if (!text) return;
    target = element;
    described = element.getAttribute("aria-describedby");
    element.setAttribute("aria-describedby", described ? `${described} ${bubble.id}` : bubble.id);
    bubble.className = `smallweb-tooltip ${kind}`;
    bubble.textContent = text;
    if (!bubble.isConnected) document.body.append(bubble);
    bubble.hidden = false;
    bubble.showPopover();
    place(element.getBoundingClientRect());
  }

  function hide() {
    if (!target) return;
    if (described === null) target.removeAttribute("aria-describedby");
    else target.setAttribute("aria-describedby", described);
    target = null;
    if (bubble.isConnected) bubble.hidePopover();
    bubble.hidden = true;
  }

  /** Below the element, above where there is no room, and always inside the window. */
  function place({ left, top, bottom, width }) {
    const { offsetWidth, offsetHeight } = bubble;
    const below = bottom + GAP_PX;
    const y = below + offsetHeight > innerHeight && top > offsetHeight + GAP_PX ? top - GAP_PX - offsetHeight : below;
    const x = left + width / 2 - offsetWidth / 2;
    bubble.style.left = `${Math.max(GAP_PX, Math.min(x, document.documentElement.clientWidth - offsetWidth - GAP_PX))}px`;
    bubble.style.top = `${y}px`;
  }

  const owner = (node) => (node instanceof Element ? node.closest("[tooltip]") : null);
  function enter({ target: over }) {
    if (owner(over)) show(owner(over));
    else if (bubble.contains(over)) clearTimeout(leaving);
    else if (target && !target.isConnected) hide();
  }

  function leave({ relatedTarget }) {
    if (bubble.contains(relatedTarget) || target?.matches(":focus-visible")) return;
    clearTimeout(leaving);
    leaving = setTimeout(hide, CROSSING_MS);
  }

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  document.adoptedStyleSheets.push(sheet);
  document.addEventListener("pointerover", enter);
  document.addEventListener("pointerout", leave);
  document.addEventListener("focusin", ({ target: focused }) => owner(focused) && show(owner(focused)));
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  addEventListener("scroll", hide, { capture: true, passive: true });
  window.tooltip = { show, hide };
})();
