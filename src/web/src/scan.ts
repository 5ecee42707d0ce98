// The sticker's QR code by camera: by the browser's own detector where it has one, else by jsQR.
import jsQR from "jsqr";

interface Detector { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> }
declare const BarcodeDetector: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined;

const box = document.querySelector<HTMLElement>("[data-scan]");
if (box && typeof navigator.mediaDevices?.getUserMedia === "function") {
  box.hidden = false;
  const start = box.querySelector<HTMLButtonElement>("[data-scan-start]")!;
  start.addEventListener("click", () => void run(box, start));
}

async function run(box: HTMLElement, start: HTMLButtonElement): Promise<void> {
  const video = box.querySelector("video")!;
  const say = (name: string, shown: boolean) => (box.querySelector<HTMLElement>(`[data-scan-${name}]`)!.hidden = !shown);
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false }).catch(() => undefined);
  if (!stream) {
    say("refused", true);
    return;
  }
  start.hidden = true;
  video.hidden = false;
  say("hint", true);
  say("refused", false);
  video.srcObject = stream;
  await video.play();
  window.addEventListener("pagehide", () => stream.getTracks().forEach((track) => track.stop()));
  const read = await reader();
  while (stream.active) {
    const text = await read(video);
    const point = text ? pointOf(text) : undefined;
    if (point) {
      stream.getTracks().forEach((track) => track.stop());
      window.location.assign(`/app/find?code=${encodeURIComponent(point)}`);
      return;
    }
    say("foreign", Boolean(text));
    await new Promise((done) => window.setTimeout(done, 150));
  }
}

/** The point that a sticker's address names; undefined for anybody else's code. */
function pointOf(text: string): string | undefined {
  const path = URL.canParse(text) ? new URL(text).pathname : undefined;
  if (path === undefined) return /^[A-Za-z0-9*-]{6,48}$/.test(text) ? text : undefined;
  const found = /\/c\/([^/]+)\/?$/.exec(path);
  return found ? decodeURIComponent(found[1]!) : undefined;
}

async function reader(): Promise<(video: HTMLVideoElement) => Promise<string | undefined>> {
  if (typeof BarcodeDetector !== "undefined" && (await BarcodeDetector.getSupportedFormats().catch(() => [] as string[])).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue;
  }
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  return (video) => {
    if (video.videoWidth === 0) return Promise.resolve(undefined);
    const scale = Math.min(1, 640 / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    return Promise.resolve(jsQR(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" })?.data || undefined);
  };
}
