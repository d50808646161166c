const room = rpc.room;
const find = (id) => document.getElementById(id);

function show(light) {
  find("light").value = light;
  find("light-value").value = light;
}

function complain(error) {
  find("problem").textContent = error.message;
}

room.light.observe(show);
room.light.then((light) => {
  show(light);
  find("light").disabled = false;
}, complain);

find("light").addEventListener("change", () => room.dim(Number(find("light").value)).catch(complain));

find("greet").addEventListener("submit", (event) => {
  event.preventDefault();
  room.greet(find("name").value).then((text) => { find("greeting").textContent = text; }, complain);
});

find("start").addEventListener("click", async () => {
  find("start").disabled = true;
  try {
    for await (const number of room.countdown.stream(5)) find("count").textContent = number;
    find("count").textContent = "lift-off";
  } catch (error) {
    complain(error);
  }
  find("start").disabled = false;
});
