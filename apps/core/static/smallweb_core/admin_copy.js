/** Puts a button after every element with data-copy (its label) that copies the element's text. */
const SHOWN_MS = 2000;

for (const block of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button smallweb-copy";
  button.textContent = block.dataset.copy;
  button.addEventListener("click", () => copy(block, button));
  block.after(button);
}

async function copy(block, button) {
  if (navigator.clipboard) await navigator.clipboard.writeText(block.textContent);
  else select(block); // an address without TLS has no clipboard: the reader presses Ctrl+C
  button.textContent = block.dataset.copied;
  setTimeout(() => { button.textContent = block.dataset.copy; }, SHOWN_MS);
}

function select(block) {
  const range = document.createRange();
  range.selectNodeContents(block);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}
