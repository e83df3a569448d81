// Draws what a view shows of a model on a canvas, layer by layer; what is too small to be told apart becomes a dot.
// Long drawings are done in slices, so that the page never stands still.

const DOT_PX = 1.6, SLICE_MS = 14, HAIR_PX = 0.7;
const HAIR_BELOW = { core: 3, m2: 0.3, m3: 0.3 }; // pixels per µm below which a line of this layer would vanish

class Painter {
  constructor(model, canvas, layers) {
    this.model = model;
    this.canvas = canvas;
    this.layers = layers; // name → {opacity, shown}
    this.job = 0;
    this.done = null; // the view that the canvas shows
    this.sheet = document.createElement("canvas");
  }

  matrix(view) {
    const k = view.scale * view.dpr;
    return [k, 0, 0, -k, view.width * view.dpr / 2 - view.x * k, view.height * view.dpr / 2 + view.y * k];
  }

  // At once the last drawing, moved; then a sharp one.
  show(view) {
    const { canvas, done } = this, width = Math.round(view.width * view.dpr), height = Math.round(view.height * view.dpr);
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    if (done) {
      const context = canvas.getContext("2d"), k = view.scale / done.scale;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      context.setTransform(k, 0, 0, k,
        width / 2 + (done.x - view.x) * view.scale * view.dpr - k * this.sheet.width / 2,
        height / 2 - (done.y - view.y) * view.scale * view.dpr - k * this.sheet.height / 2);
      context.drawImage(this.sheet, 0, 0);
    }
    const job = ++this.job;
    requestAnimationFrame(() => this.draw({ ...view }, job));
  }

  async draw(view, job) {
    if (job !== this.job) return;
    const work = document.createElement("canvas"), { width, height } = this.canvas;
    [work.width, work.height] = [width, height];
    const context = work.getContext("2d"), style = getComputedStyle(this.canvas);
    const placed = this.collect(view, width, height);
    let since = performance.now();
    for (const [name, layer] of this.layers) {
      if (!layer.shown) continue;
      const colour = style.getPropertyValue(`--${name}`);
      context.fillStyle = context.strokeStyle = colour;
      context.globalAlpha = layer.opacity;
      const hair = view.scale < HAIR_BELOW[name], frame = layer.opacity === 0;
      for (const { cell, m } of placed.whole) {
        const path = cell.paths.get(name);
        if (!path) continue;
        context.setTransform(...m);
        if (frame) context.globalAlpha = 1;
        else context.fill(path.shape);
        if (hair || frame) {
          context.lineWidth = HAIR_PX / view.scale;
          context.stroke(path.shape);
        }
        if (performance.now() - since > SLICE_MS) {
          if (!this.done) this.copy(work);
          await new Promise(resume => setTimeout(resume));
          if (job !== this.job) return;
          since = performance.now();
        }
      }
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = layer.opacity * 0.7;
      for (const [x, y, w, h] of placed.dots.get(name) || []) context.fillRect(x, y, w, h);
    }
    this.copy(work);
    this.sheet = work;
    this.done = view;
    this.canvas.dataset.drawn = job;
  }

  copy(work) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, work.width, work.height);
    context.drawImage(work, 0, 0);
  }

  // Cells with shapes of their own that the view shows, in device pixels; the tiny ones as dots of their main layer.
  collect(view, width, height) {
    const whole = [], dots = new Map();
    const visit = (cell, m) => {
      if (cell.paths.size) whole.push({ cell, m });
      for (const use of cell.uses) {
        const [left, top, right, bottom] = mapBox(m, use.box);
        if (right < 0 || bottom < 0 || left > width || top > height) continue;
        const w = right - left, h = bottom - top;
        if (Math.max(w, h) > DOT_PX) visit(use.cell, after(m, use.m));
        else {
          const name = mainLayer(use.cell), list = dots.get(name) || dots.set(name, []).get(name);
          list.push([left, top, Math.max(w, HAIR_PX), Math.max(h, HAIR_PX)]);
        }
      }
    };
    visit(this.model.top, this.matrix(view));
    return { whole, dots };
  }
}

function mainLayer(cell) {
  if (cell.main) return cell.main;
  const own = [...cell.paths.keys()];
  return (cell.main = own.find(name => name === "heater" || name === "germanium") || own[0] || mainLayer(cell.uses[0].cell));
}
