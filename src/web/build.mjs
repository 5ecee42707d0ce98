// Bundles the pages' scripts, styles, fonts and icons into the host's wwwroot/dist and writes manifest.json:
// logical name -> address with the content's hash, so that a browser may keep a file for ever.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../Ladewerk/wwwroot/dist");
const draft = `${target}.new`;

await rm(draft, { recursive: true, force: true });
await mkdir(draft, { recursive: true });

await build({
  absWorkingDir: here,
  entryPoints: { app: "src/app.ts", theme: "src/theme.ts", charts: "src/charts.ts", guest: "src/guest.ts", driver: "src/driver.ts", map: "src/map.ts", scan: "src/scan.ts", sw: "src/sw.ts" },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  outdir: draft,
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: { app: "styles/app.css", guest: "styles/driver/guest.css", driver: "styles/driver/driver.css", map: "styles/driver/map.css" },
  bundle: true,
  minify: true,
  target: ["chrome120", "firefox121", "safari17"],
  loader: { ".woff2": "file", ".png": "dataurl" },
  assetNames: "[name]",
  external: ["data:*"],
  legalComments: "none",
  outdir: draft,
  logLevel: "warning",
});
await writeFile(join(draft, "icons.svg"), await sprite());
await writeFile(join(draft, "common-passwords.txt"), await commonPasswords());
for (const name of await readdir(join(here, "brand"))) await copyFile(join(here, "brand", name), join(draft, name));

const manifest = {};
const sizes = [];
for (const name of (await readdir(draft)).sort()) {
  const bytes = await readFile(join(draft, name));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  manifest[name] = `/dist/${name}?v=${hash}`;
  sizes.push(`${name} ${kilobytes(bytes.length)} (${kilobytes(gzipSync(bytes, { level: 9 }).length)} gzip)`);
}
await writeFile(join(draft, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
await rm(target, { recursive: true, force: true });
await rename(draft, target);
console.log(`pages bundled: ${sizes.join(", ")}`);

/** One SVG file with the listed outline icons as symbols: <svg class="ti"><use href="/dist/icons.svg#bolt"/></svg>. */
async function sprite() {
  const names = (await readFile(join(here, "icons.txt"), "utf8")).split("\n").map((line) => line.trim()).filter(Boolean);
  const symbols = await Promise.all(names.map(async (name) => {
    const svg = await readFile(join(here, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8").catch(() => {
      throw new Error(`icons.txt names "${name}", which @tabler/icons does not have`);
    });
    const shapes = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>"))
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

/** What people take for passwords, one a line: whole ones of ten characters and more, and the words that shorter ones are made of. */
async function commonPasswords() {
  const all = JSON.parse(await readFile(join(here, "node_modules/@zxcvbn-ts/language-common/src/passwords.json"), "utf8"));
  const words = all.slice(0, 8000).filter((word) => /^[a-z]{6,9}$/.test(word));
  return [...new Set([...all.filter((word) => word.length >= 10), ...words])].map((word) => word.toLowerCase()).join("\n") + "\n";
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} kB`;
}
