// The map of places, where the operator has chosen whose tiles to show. The list beside it stays the source.
import L from "leaflet";
import "leaflet.markercluster";

const box = document.getElementById("map");
if (box?.dataset.tiles) draw(box);

function draw(box: HTMLElement): void {
  const map = L.map(box, { zoomControl: true, attributionControl: true });
  map.attributionControl.setPrefix(false);
  const words = document.createElement("span");
  words.textContent = box.dataset.attribution ?? "";
  L.tileLayer(box.dataset.tiles!, { attribution: words.innerHTML, maxZoom: 19 }).addTo(map);
  const icon = (state: string, text: string) => {
    const pin = document.createElement("span");
    pin.className = `pin ${state}`;
    const word = document.createElement("b");
    word.textContent = text;
    pin.append(word);
    return L.divIcon({ html: pin, className: "lw-pin", iconSize: [96, 48], iconAnchor: [48, 48] });
  };
  const places = L.markerClusterGroup({
    showCoverageOnHover: false,
    iconCreateFunction: (cluster) => {
      const free = cluster.getAllChildMarkers().reduce((sum, marker) => sum + Number((marker.options as { free?: number }).free ?? 0), 0);
      return icon(free > 0 ? "s-available" : "s-offline", String(free));
    },
  });
  map.addLayer(places);
  let fitted = false;

  const fill = () => {
    places.clearLayers();
    const seen: L.LatLngExpression[] = [];
    document.querySelectorAll<HTMLElement>("[data-place]").forEach((item) => {
      const { lat, lon, free, price, state, name } = item.dataset;
      if (item.hidden || !lat || !lon) return;
      const at: L.LatLngTuple = [Number(lat), Number(lon)];
      seen.push(at);
      const marker = L.marker(at, { icon: icon(state ?? "", `${free} · ${price}`), title: name ?? "", alt: `${name}, ${free}/${item.dataset.all}, ${price}`, keyboard: true, free: Number(free) } as L.MarkerOptions);
      marker.on("click", () => {
        item.querySelector("details")?.setAttribute("open", "");
        item.scrollIntoView({ behavior: "smooth", block: "center" });
        item.querySelector<HTMLElement>("summary")?.focus();
      });
      places.addLayer(marker);
    });
    if (!fitted && seen.length > 0) {
      fitted = true;
      map.fitBounds(L.latLngBounds(seen), { padding: [40, 40], maxZoom: 15 });
    }
  };

  document.addEventListener("places", fill);
  document.addEventListener("here", (event) => {
    const here = (event as CustomEvent<GeolocationCoordinates>).detail;
    L.circleMarker([here.latitude, here.longitude], { radius: 9, weight: 4, color: "#ffffff", fillColor: "#1672e6", fillOpacity: 1 }).addTo(map);
    map.setView([here.latitude, here.longitude], 14);
  });
  map.setView([51, 10], 6);
  fill();
}
