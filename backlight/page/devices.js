// Devices under the pointer and devices by name: the tooltip, the highlight, the box that finds them; the legend.

const REACH_PX = 3, AROUND = 4, SHOWN = 12;

class Devices {
  constructor(figure, model) {
    this.model = model;
    this.part = Object.fromEntries([...figure.querySelectorAll("[data-part]")].map(node => [node.dataset.part, node]));
    this.picked = null; // what was asked for by name stays marked
    this.hovered = null;
  }

  attach(view) {
    this.view = view;
    const { stage, find, status } = this.part;
    stage.addEventListener("pointermove", event => this.hover(event));
    stage.addEventListener("pointerleave", () => this.leave());
    stage.addEventListener("keydown", event => event.key === "Escape" && this.clear());
    find.addEventListener("input", () => this.suggest());
    find.addEventListener("change", () => this.go());
    find.addEventListener("keydown", event => {
      if (event.key === "Enter") this.go();
      if (event.key === "Escape") this.clear();
    });
    status.textContent = "";
  }

  hover(event) {
    const { view } = this, [px, py] = view.point(event), [x, y] = view.um(px, py);
    this.part.place.textContent = `${x.toFixed(1)}, ${y.toFixed(1)} µm`;
    if (event.target.closest("button") || view.pointers.size) return this.leave();
    this.hovered = this.model.at(x, y, 0) || this.model.at(x, y, REACH_PX / view.scale);
    this.mark();
    const { tip, tipPath, tipRole, tipCell } = this.part;
    tip.hidden = !this.hovered;
    if (!this.hovered) return;
    tipPath.textContent = this.hovered.path;
    tipRole.textContent = this.hovered.role;
    tipCell.textContent = describe(this.hovered);
    const right = px + 18 + tip.offsetWidth > view.width, low = py + 18 + tip.offsetHeight > view.height;
    tip.style.left = `${Math.max(4, right ? px - 12 - tip.offsetWidth : px + 16)}px`;
    tip.style.top = `${Math.max(4, low ? py - 12 - tip.offsetHeight : py + 16)}px`;
  }

  leave() {
    this.hovered = null;
    this.part.tip.hidden = true;
    this.mark();
  }

  clear() {
    this.picked = null;
    this.part.status.textContent = "";
    this.leave();
  }

  // A frame around what is hovered, else around what was found.
  mark() {
    for (const [device, frame] of [[this.hovered, this.part.hover], [this.picked, this.part.pick]]) {
      frame.hidden = !device;
      if (!device) continue;
      const [x, y, w, h] = this.view.pixels(device.box), pad = 3;
      frame.style.transform = `translate(${x - pad}px,${y - pad}px)`;
      frame.style.width = `${w + 2 * pad}px`;
      frame.style.height = `${h + 2 * pad}px`;
    }
  }

  suggest() {
    const text = this.part.find.value.trim();
    const options = text.length < 2 ? [] : this.model.search(text, SHOWN);
    this.part.paths.replaceChildren(...options.map(path => Object.assign(document.createElement("option"), { value: path })));
  }

  go() {
    const { find, status } = this.part, text = find.value.trim();
    if (!text) return this.clear();
    const device = this.model.find(text) || this.model.find(this.model.search(text, 1)[0] || "");
    this.picked = device;
    status.textContent = device ? `${device.path}: ${device.role}, ${describe(device)}` : `nothing is called ${text}`;
    if (device) {
      this.view.fit(grow(device.box, device.role === "block" ? 1.2 : AROUND));
    }
    this.mark();
  }
}

function grow([l, b, r, t], times) {
  const dx = (r - l) * (times - 1) / 2, dy = (t - b) * (times - 1) / 2;
  return [l - dx, b - dy, r + dx, t + dy];
}

function describe({ name, role, box: [l, b, r, t] }) {
  const size = value => String(Number(value.toFixed(value < 10 ? 2 : 1)));
  return `${name.replaceAll("_", " ") === role ? "" : `${name}, `}${size(r - l)} × ${size(t - b)} µm`;
}

// The length of a round number of µm that is some 100 pixels long.
function scaleBar(bar, scale) {
  const power = 10 ** Math.floor(Math.log10(140 / scale)), length = power * [5, 2, 1].find(k => k * power * scale <= 140);
  bar.style.width = `${length * scale}px`;
  bar.textContent = length >= 1000 ? `${length / 1000} mm` : `${length} µm`;
}
