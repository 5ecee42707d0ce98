// The guest page: progress on buttons and live values; no cookie, no storage.
import { busyForms, dialogs, live, redraw } from "./kerb";

busyForms();
dialogs();
live();
redraw();

document.querySelectorAll<HTMLButtonElement>("[data-share]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const url = window.location.href;
    if (navigator.share) {
      await navigator.share({ url, title: document.title }).catch(() => undefined); // closed by the person: nothing to do
    } else {
      await navigator.clipboard?.writeText(url);
      button.textContent = button.dataset.share!;
    }
  });
});
