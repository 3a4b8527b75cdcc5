// Looks for news every second and shows them; never while a modal or a question is open, or something is being typed.
if (!location.hash) document.querySelector("main").lastElementChild?.scrollIntoView({ block: "end" });
const seen = document.body.dataset.version;
async function look() {
  const busy = "paused" in document.body.dataset || location.hash.startsWith("#confirm-") ||
    ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
  if (!busy) {
    const answer = await fetch("/version").catch(() => null);
    if (answer?.ok && (await answer.text()) !== seen) { location.reload(); return; }
  }
  setTimeout(look, 1000);
}
look();
