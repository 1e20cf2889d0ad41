// After a swap the focus stays where it was: on the element with the same id.
let focused = "";
document.addEventListener("htmx:beforeSwap", () => {
  focused = document.activeElement?.id || "";
});
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.target.querySelector?.("[data-focus]");
  if (wanted) wanted.focus();
  else if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
});
document.querySelector("[data-focus]")?.focus();
