const bar = document.getElementById("offline");
const show = () => { bar.hidden = navigator.onLine; };
if (bar) {
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
}
