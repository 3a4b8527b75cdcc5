// Looks for news every second and shows them in place; never while a modal or a question is open.
const main = document.querySelector("main");
const kept = "scroll";
const atEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 40;
const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight });

if (!location.hash) {
  const before = sessionStorage.getItem(kept);
  if (before === null) toEnd(); else scrollTo({ top: Number(before) });
}
addEventListener("pagehide", () => sessionStorage.setItem(kept, String(scrollY)));

// What was pressed says so until the app has answered; a second press would be a second click.
document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (pressed?.dataset.busy) event.preventDefault();
  else if (pressed) { pressed.dataset.busy = "true"; pressed.setAttribute("aria-busy", "true"); }
});
addEventListener("pageshow", () => document.querySelectorAll("[data-busy]").forEach((pressed) => {
  delete pressed.dataset.busy; pressed.removeAttribute("aria-busy");
}));

const modal = document.querySelector(".modal");
if (modal) (modal.querySelector(".wrong") ?? modal).querySelector("input:not([type=hidden]), select, textarea")?.focus();
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (modal) modal.querySelector("[data-close]").click();
  else if (location.hash.startsWith("#confirm-")) location.hash = "";
});

async function look() {
  const busy = modal || location.hash.startsWith("#confirm-") || document.querySelector("[data-busy]");
  if (!busy) await refresh().catch(() => null);  // the stack is restarting or gone: look again
  setTimeout(look, 1000);
}
async function refresh() {
  const version = await (await fetch("/version")).text();
  if (version === document.body.dataset.version) return;
  const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
  const follow = atEnd();
  patch(main, page.querySelector("main"));
  document.title = page.title;
  document.getElementById("waiting").textContent = page.getElementById("waiting").textContent;
  document.body.dataset.version = page.body.dataset.version;
  if (follow) toEnd();
}
// What did not change stays as it is, also under somebody's pointer.
function patch(shown, fresh) {
  const wanted = [...fresh.children];
  wanted.forEach((element, index) => {
    const there = shown.children[index];
    if (!there) shown.append(element);
    else if (there.outerHTML !== element.outerHTML) there.replaceWith(element);
  });
  while (shown.children.length > wanted.length) shown.lastElementChild.remove();
}
look();
