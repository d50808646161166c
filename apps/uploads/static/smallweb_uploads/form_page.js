/** The page at a handler's address: a box for files, and below it what the handler answered. */
import "./upload_box.js";
import { element } from "./upload_row.js";

const answers = document.getElementById("upload-page-answers");

document.addEventListener("upload-done", ({ detail: { file, reply } }) => {
  const details = document.createElement("details");
  const text = typeof reply === "string" ? reply : JSON.stringify(reply ?? null, null, 2);
  const pre = element("pre", "", text);
  pre.tabIndex = 0;
  details.append(element("summary", "", `${answers.dataset.title} ${file.name}`), pre);
  answers.prepend(details);
  answers.hidden = false;
});
