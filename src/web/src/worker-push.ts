// Messages that come while no page is open: the service worker shows them, and leads to what they tell of. The server encrypts them for
// this browser alone (Notifications/Push); what it says there: { title, body, href, tag, icon, badge }.
interface WaitingEvent extends Event { waitUntil(work: Promise<unknown>): void }
interface PushEvent extends WaitingEvent { readonly data: { json(): unknown } | null }
interface ClickEvent extends WaitingEvent { readonly notification: Notification }
interface ChangeEvent extends WaitingEvent { readonly oldSubscription?: PushSubscription | null; readonly newSubscription?: PushSubscription | null }
interface Page { readonly url: string; focus(): Promise<unknown> }

export interface PushWorker {
  addEventListener(type: "push", handle: (event: PushEvent) => void): void;
  addEventListener(type: "notificationclick", handle: (event: ClickEvent) => void): void;
  addEventListener(type: "pushsubscriptionchange", handle: (event: ChangeEvent) => void): void;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { matchAll(which: { type: "window"; includeUncontrolled: boolean }): Promise<Page[]>; openWindow(address: string): Promise<unknown> };
  readonly location: Location;
}

const KEY = "/api/v1/push/key", BROWSERS = "/api/v1/push/subscriptions";
/** Whoever is signed in may read it, and it carries the token that a write must bring. */
const PREFERENCES = "/portal/account/notifications";

export function followPush(worker: PushWorker): void {
  worker.addEventListener("push", (event) => event.waitUntil(show(worker, event.data)));
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(worker, own(worker, (event.notification.data as { href?: unknown } | null)?.href) ?? new URL("/app", worker.location.origin)));
  });
  worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(worker, event)));
}

/** A browser takes the right away from whoever gets a message and shows none, so something is shown whatever came. */
async function show(worker: PushWorker, data: PushEvent["data"]): Promise<void> {
  const said = read(data);
  const text = (name: string): string | undefined => (typeof said[name] === "string" ? said[name] : undefined);
  const picture = (name: string): string | undefined => own(worker, said[name])?.href;
  const tag = text("tag");
  const options: NotificationOptions & { renotify?: boolean } = { body: text("body") ?? "", data: { href: text("href") }, lang: text("lang") ?? "" };
  const [icon, badge] = [picture("icon"), picture("badge")];
  if (icon) options.icon = icon;
  if (badge) options.badge = badge;
  if (tag) Object.assign(options, { tag, renotify: true }); // a newer word on the same thing takes the older one's place, and is heard
  await worker.registration.showNotification(text("title") ?? worker.location.host, options);
}

function read(data: PushEvent["data"]): Record<string, unknown> {
  try {
    const said = data?.json();
    return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {}; // no JSON: nothing that we sent
  }
}

/** An address of this server; undefined for any other. */
function own(worker: PushWorker, address: unknown): URL | undefined {
  if (typeof address !== "string" || !URL.canParse(address, worker.location.origin)) return undefined;
  const url = new URL(address, worker.location.origin);
  return url.origin === worker.location.origin ? url : undefined;
}

async function open(worker: PushWorker, address: URL): Promise<void> {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((page) => new URL(page.url).pathname === address.pathname);
  await (there ? there.focus() : worker.clients.openWindow(address.href));
}

/** The push service gave this browser another address, or took the old one away. Where nobody is signed in any more, nobody is told. */
async function renew(worker: PushWorker, event: ChangeEvent): Promise<void> {
  const page = await fetch(PREFERENCES, { credentials: "same-origin" });
  const token = /name="__RequestVerificationToken"[^>]*value="([^"]+)"/.exec(page.ok && !page.redirected ? await page.text() : "")?.[1];
  if (!token) return;
  const key = event.oldSubscription?.options.applicationServerKey ?? ((await (await fetch(KEY, { credentials: "same-origin" })).json()) as { publicKey: string }).publicKey;
  const next = event.newSubscription ?? (await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  await fetch(BROWSERS, { method: "POST", credentials: "same-origin", headers: { "content-type": "application/json", RequestVerificationToken: token }, body: JSON.stringify(next) });
}
