// "in 9 min" stays true while the page stays open. Far times are left as the server wrote them.
const fill = (text, value) => text.replace("%s", value);
const span = (minutes) => (minutes < 60 ? fill(_("%s min"), minutes) : fill(_("%s h"), Math.floor(minutes / 60)));
const refresh = () => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-when]")) {
    const text = time.firstElementChild;
    const minutes = Math.round((Date.parse(time.dateTime) - Date.now()) / 60_000);
    if (!text || Number.isNaN(minutes) || Math.abs(minutes) >= 12 * 60 || time.dataset.tone === "paused") continue;
    if (time.dataset.when === "ago") {
      text.textContent = minutes >= 0 ? _("now") : span(-minutes);
    } else {
      text.textContent = minutes >= 0 ? fill(_("in %s"), span(minutes)) : fill(_("%s late"), span(-minutes));
      if (minutes < 0) time.dataset.tone = "late";
    }
  }
};
setInterval(refresh, 30_000);
document.addEventListener("visibilitychange", refresh);
