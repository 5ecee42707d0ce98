// The driver app: live values, the list of places, and what makes it work without a network.
import { busyForms, dialogs, live, redraw } from "./kerb";
import { startPasskeys } from "./passkey";
import { startPush } from "./push";

busyForms();
dialogs();
live();
redraw();
places();
memory();
photo();
startPasskeys();
startPush();

/** The list of places: filters, distance, and availability that changes by itself. */
function places(): void {
  const list = document.querySelector<HTMLElement>("[data-places]");
  if (!list) return;
  const bar = document.querySelector<HTMLElement>("[data-filters]");
  const near = document.querySelector<HTMLButtonElement>("[data-near]");
  let here: GeolocationCoordinates | undefined;

  const on = (name: string) => document.querySelector(`[data-filter="${name}"]`)?.getAttribute("aria-pressed") === "true";
  const show = () => {
    const items = [...list.querySelectorAll<HTMLElement>("[data-place]")];
    for (const item of items) {
      item.hidden = (on("free") && item.dataset.free === "0") || (on("fast") && item.dataset.fast !== "1");
      const far = distance(item, here);
      const at = item.querySelector<HTMLElement>("[data-distance]");
      if (at) at.textContent = far === undefined ? "" : `${metres(far)} · `;
    }
    if (here) items.sort((a, b) => (distance(a, here) ?? Infinity) - (distance(b, here) ?? Infinity)).forEach((item) => item.parentElement!.append(item));
    document.dispatchEvent(new CustomEvent("places"));
  };

  if (bar) bar.hidden = false;
  document.querySelectorAll<HTMLButtonElement>("[data-filter]").forEach((button) =>
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      show();
    }));
  if (near && "geolocation" in navigator) {
    near.hidden = false;
    near.addEventListener("click", () =>
      navigator.geolocation.getCurrentPosition(
        (position) => {
          here = position.coords;
          near.setAttribute("aria-pressed", "true");
          document.dispatchEvent(new CustomEvent("here", { detail: here }));
          show();
        },
        () => near.setAttribute("aria-pressed", "false"),
        { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
      ));
  }

  let asked = 0;
  const source = new EventSource(list.dataset.placesLive!);
  source.addEventListener("changed", () => {
    const mine = ++asked;
    window.setTimeout(async () => {
      if (mine !== asked || document.visibilityState !== "visible") return;
      const answer = await fetch(list.dataset.places!).catch(() => undefined);
      if (!answer?.ok || answer.redirected) return;
      const open = [...list.querySelectorAll<HTMLElement>("[data-place]:has(details[open])")].map((item) => item.dataset.place);
      list.innerHTML = await answer.text();
      list.querySelectorAll<HTMLElement>("[data-place]").forEach((item) => open.includes(item.dataset.place) && item.querySelector("details")?.setAttribute("open", ""));
      show();
    }, 300);
  });
  window.addEventListener("pagehide", () => source.close());
}

/** Metres along the great circle. */
function distance(item: HTMLElement, here: GeolocationCoordinates | undefined): number | undefined {
  const { lat, lon } = item.dataset;
  if (!here || !lat || !lon) return undefined;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [a, b] = [radians(here.latitude), radians(Number(lat))];
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(radians(Number(lon) - here.longitude) / 2) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.sqrt(half));
}

function metres(far: number): string {
  const language = document.documentElement.lang;
  return far < 1000 ? `${Math.round(far / 10) * 10} m` : `${(far / 1000).toLocaleString(language, { maximumFractionDigits: 1 })} km`;
}

/** The service worker; and on a page that it brings from the device, when that page was made. */
function memory(): void {
  const at = document.documentElement.dataset.offlineAt;
  if (at) {
    const time = document.querySelector<HTMLTimeElement>("[data-memory-time]");
    if (time) {
      time.dateTime = at;
      time.textContent = new Date(at).toLocaleString(document.documentElement.lang, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    }
    let leaving = false;
    window.addEventListener("beforeunload", () => (leaving = true));
    window.addEventListener("online", () => window.setTimeout(() => !leaving && navigator.onLine && window.location.reload(), 1000));
  }
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  void navigator.serviceWorker.register("/app/sw.js", { scope: "/app" });
  // Whoever signs out leaves nothing behind.
  document.querySelectorAll<HTMLFormElement>('form[action="/sign-out"]').forEach((form) => form.addEventListener("submit", () => void caches.delete("lw-pages")));
}

/** A photo is made smaller and drawn anew before it is sent: quicker, and the place where it was taken stays on the phone. */
function photo(): void {
  document.querySelectorAll<HTMLInputElement>("input[data-photo]").forEach((input) =>
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (!file) return;
      const picture = await createImageBitmap(file).catch(() => undefined);
      if (!picture) return;
      const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const drawn = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (!drawn) return;
      const files = new DataTransfer();
      files.items.add(new File([drawn], "photo.jpg", { type: "image/jpeg" }));
      input.files = files.files;
    }));
}
