/** $name, $innerHTML and $#sub in the text and the attribute values of a piece of a page. */

/**
 * Fill root in place. values is a Map of texts by name in small letters, nodesOf("innerHTML" or "#sub") returns the
 * nodes that take the placeholder's place. Values are always text, never markup; unknown names stay as they are.
 * Attributes that hold code (on…) are left alone, and nothing becomes a javascript: address.
 */
export function fill(root, values, nodesOf = () => []) {
  const pattern = patternOf(values.keys());
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  for (const node of found) {
    if (node instanceof Text) fillText(node, pattern, values, nodesOf);
    else for (const attribute of [...node.attributes]) fillAttribute(node, attribute, pattern, values, nodesOf);
  }
}

/** The longest name first, so that $name_of is not read as $name. */
function patternOf(names) {
  const known = [...names].sort((one, other) => other.length - one.length).map((name) => name.replace(/\W/g, "\\$&"));
  return new RegExp(`\\$(innerHTML\\b|#[\\w-]+${known.map((name) => `|${name}(?!\\w)`).join("")})`, "i");
}

const isPlace = (name) => name.startsWith("#") || name.toLowerCase() === "innerhtml";

function fillText(text, pattern, values, nodesOf) {
  const pieces = text.data.split(pattern);
  if (pieces.length === 1) return;
  const nodes = pieces.flatMap((piece, place) => {
    if (place % 2 === 0) return piece;
    return isPlace(piece) ? nodesOf(piece) : values.get(piece.toLowerCase());
  });
  text.replaceWith(...nodes);
}

function fillAttribute(element, { name, value }, pattern, values, nodesOf) {
  if (name.startsWith("on")) return;
  const filled = value.split(pattern).map((piece, place) => {
    if (place % 2 === 0) return piece;
    return isPlace(piece) ? nodesOf(piece).map((node) => node.textContent).join("") : values.get(piece.toLowerCase());
  }).join("");
  // Through the CSSOM: a style attribute that markup sets is refused under default-src 'self'.
  if (name === "style") element.style.cssText = filled;
  else if (filled !== value && !/^[\s\0-\x1f]*javascript:/i.test(filled)) element.setAttribute(name, filled);
}
