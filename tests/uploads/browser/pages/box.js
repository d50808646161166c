window.told = [];
for (const name of ["upload-done", "upload-failed"]) {
  document.addEventListener(name, ({ target, detail }) => told.push([name, target.id, detail.file.name, detail.reply ?? detail.error.code]));
}
