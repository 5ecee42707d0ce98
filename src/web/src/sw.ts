// The service worker: messages from the server (worker-push.ts), and the driver app without a network: its shell, and the last state of each
// page, marked with its time. Prices are taken off such a page by its style sheet (html[data-offline-at] .fresh), and nothing that writes is
// ever answered from memory.
import { followPush, type PushWorker } from "./worker-push";

interface WorkerEvent extends Event { waitUntil(work: Promise<unknown>): void }
interface RequestEvent extends WorkerEvent { readonly request: Request; respondWith(answer: Promise<Response>): void }
interface Worker {
  addEventListener(type: "install" | "activate", handle: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", handle: (event: RequestEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
}
const worker = self as unknown as Worker;
followPush(self as unknown as PushWorker);
const PAGES = "lw-pages", FILES = "lw-files", OFFLINE = "/app/offline";
const MADE_AT = "x-lw-made-at";

worker.addEventListener("install", (event) => event.waitUntil(prepare()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (url.pathname.startsWith("/dist/") || url.pathname.startsWith("/brand/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && (url.pathname === "/app" || url.pathname.startsWith("/app/"))) event.respondWith(page(request));
});

async function prepare(): Promise<void> {
  const answer = await fetch(OFFLINE).catch(() => undefined);
  if (answer?.ok && !answer.redirected) {
    const text = await answer.clone().text();
    await keep(OFFLINE, answer);
    const files = [...text.matchAll(/(?:href|src)="(\/(?:dist|brand)\/[^"]+)"/g)].map((found) => found[1]!.replaceAll("&amp;", "&"));
    const cache = await caches.open(FILES);
    await Promise.all(files.map((name) => cache.add(name).catch(() => undefined))); // what is missing comes with its first use
  }
  await worker.skipWaiting();
}

/** Addresses of files carry the content's hash, so a kept one is the right one. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && new URL(request.url).searchParams.has("v")) await cache.put(request, answer.clone());
  return answer;
}

async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    const path = new URL(request.url).pathname;
    if (answer.type === "opaqueredirect") {
      if (path === "/app") await caches.delete(PAGES); // signed out: nothing of theirs stays
      return answer;
    }
    if (answer.ok && answer.headers.get("content-type")?.includes("text/html")) await keep(path, answer.clone());
    return answer;
  } catch {
    const kept = (await find(new URL(request.url).pathname)) ?? (await find(OFFLINE));
    if (!kept) return Response.error();
    const html = await kept.text();
    const at = kept.headers.get(MADE_AT) ?? new Date().toISOString();
    return new Response(html.replace("<html ", `<html data-offline-at="${at}" `), { headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": kept.headers.get("content-security-policy") ?? "" } });
  }
}

async function find(path: string): Promise<Response | undefined> {
  return (await caches.open(PAGES)).match(path);
}

async function keep(path: string, answer: Response): Promise<void> {
  const headers = new Headers(answer.headers);
  headers.set(MADE_AT, new Date().toISOString());
  await (await caches.open(PAGES)).put(path, new Response(await answer.text(), { headers }));
}
