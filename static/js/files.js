// The chosen files of an <input type="file" data-files>: listed, taken out again, pasted and dropped; limits said before the upload.
const MOST = 20;
const LARGEST = 25 * 1024 * 1024;
const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
const kept = new WeakMap();
const set = (input, files) => {
  const transfer = new DataTransfer();
  files.forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  kept.set(input, files);
  list(input);
};
const list = (input) => {
  const home = input.closest(".attach")?.closest(".composer-foot, .answer-foot") || input;
  let box = home.parentElement.querySelector(":scope > .picked");
  if (!box) {
    box = document.createElement("ul");
    box.className = "picked";
    box.setAttribute("aria-live", "polite");
    home === input ? home.after(box) : home.before(box);
  }
  box.replaceChildren();
  const files = [...input.files];
  const wrong = [];
  files.forEach((file, index) => {
    const row = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = file.name;
    const bytes = document.createElement("span");
    bytes.className = "muted nowrap";
    bytes.textContent = size(file.size);
    const out = document.createElement("button");
    out.type = "button";
    out.className = "button";
    out.dataset.look = "ghost";
    out.textContent = "Remove";
    out.setAttribute("aria-label", _("Remove %s").replace("%s", file.name));
    out.addEventListener("click", () => { set(input, files.filter((_, other) => other !== index)); input.focus(); });
    row.append(name, bytes, out);
    box.append(row);
    if (file.size > LARGEST) wrong.push(_("%s is larger than 25 MB.").replace("%s", file.name));
  });
  if (files.length > MOST) wrong.push(_("At most %s files at once.").replace("%s", MOST));
  for (const text of wrong) {
    const row = document.createElement("li");
    row.className = "error";
    row.textContent = text;
    box.append(row);
  }
  input.setCustomValidity(wrong.join(" "));
};
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file][data-files]")) return;
  // Choosing again adds; a browser alone would forget the first choice.
  const before = (kept.get(input) || []).filter((old) => ![...input.files].some((file) => file.name === old.name && file.size === old.size));
  set(input, [...before, ...input.files]);
});
document.addEventListener("reset", (event) => {
  event.target.querySelectorAll("[data-files]").forEach((input) => setTimeout(() => set(input, [])));
});
const inputFor = (target) => target.closest?.("form")?.querySelector("input[type=file][data-files]");
const add = (event, files) => {
  const input = inputFor(event.target);
  if (!input || !files.length) return;
  event.preventDefault();
  set(input, [...input.files, ...files]);
};
document.addEventListener("paste", (event) => add(event, [...event.clipboardData.files]));
document.addEventListener("dragover", (event) => {
  if (!inputFor(event.target) || ![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  event.target.closest("form").dataset.dropping = "";
});
document.addEventListener("dragleave", (event) => event.target.closest?.("form[data-dropping]")?.removeAttribute("data-dropping"));
document.addEventListener("drop", (event) => {
  event.target.closest?.("form[data-dropping]")?.removeAttribute("data-dropping");
  add(event, [...event.dataTransfer.files]);
});
