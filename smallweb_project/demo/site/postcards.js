import "/static/smallweb_uploads/upload_box.js";

const find = (id) => document.getElementById(id);

async function showWall() {
  const response = await fetch("/uploads/folders/postcards/", { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!response.ok) throw new Error((await response.json()).message);
  const { files } = await response.json();
  find("nothing").hidden = files.length > 0;
  find("wall").replaceChildren(...files.map(itemOf));
}

function itemOf({ path, url }) {
  const item = document.createElement("li");
  const picture = document.createElement("img");
  Object.assign(picture, { src: url, alt: path, loading: "lazy" });
  item.append(picture);
  return item;
}

const show = () => showWall().catch((error) => { find("problem").textContent = error.message; });
document.addEventListener("upload-done", show);
show();
