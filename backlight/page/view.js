// A window on the layout: wheel and pinch zoom at the pointer, dragging pans, keys do both.

const LEAST_UM = 2; // what a view shows at least, across
const STEP = 1.5;

class View {
  constructor(stage, model, painter, changed) {
    Object.assign(this, { stage, model, painter, changed, x: 0, y: 0, scale: 1, width: 0, height: 0, dpr: 1 });
    this.pointers = new Map();
    new ResizeObserver(() => this.resize()).observe(stage);
    stage.addEventListener("wheel", event => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", event => this.down(event));
    stage.addEventListener("pointermove", event => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, event => this.up(event));
    stage.addEventListener("dblclick", event => this.zoom(event.shiftKey ? 1 / 2.5 : 2.5, ...this.point(event)));
    stage.addEventListener("keydown", event => this.key(event));
  }

  resize() {
    const whole = !this.width || this.scale <= this.least() * 1.001;
    [this.width, this.height, this.dpr] = [this.stage.clientWidth, this.stage.clientHeight, devicePixelRatio || 1];
    if (this.width) whole ? this.fit(this.model.frame) : this.update();
  }

  least() {
    const [l, b, r, t] = this.model.frame;
    return Math.min(this.width / (r - l), this.height / (t - b));
  }

  fit([l, b, r, t]) {
    this.x = (l + r) / 2;
    this.y = (b + t) / 2;
    this.scale = Math.min(this.width / (r - l), this.height / (t - b), this.width / LEAST_UM);
    this.update();
  }

  // Zoom by a factor; the point (px, py) of the stage stays where it is.
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const before = this.um(px, py);
    this.scale = Math.min(Math.max(this.scale * factor, this.least()), this.width / LEAST_UM);
    const now = this.um(px, py);
    this.x += before[0] - now[0];
    this.y += before[1] - now[1];
    this.update();
  }

  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.update();
  }

  update() {
    const [l, b, r, t] = this.model.frame;
    this.x = Math.min(Math.max(this.x, l), r);
    this.y = Math.min(Math.max(this.y, b), t);
    if (this.scale <= this.least()) [this.x, this.y] = [(l + r) / 2, (b + t) / 2];
    this.painter.show(this);
    this.changed();
  }

  // From pixels of the stage to µm, and the box of µm to pixels.
  um(px, py) {
    return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale];
  }

  pixels([l, b, r, t]) {
    const s = this.scale;
    return [this.width / 2 + (l - this.x) * s, this.height / 2 - (t - this.y) * s, (r - l) * s, (t - b) * s];
  }

  point(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left - this.stage.clientLeft, event.clientY - box.top - this.stage.clientTop];
  }

  wheel(event) {
    if (event.deltaY > 0 && this.scale <= this.least() * 1.001) return; // the whole chip is shown: let the page scroll
    event.preventDefault();
    const delta = event.deltaY * [1, 16, 300][event.deltaMode];
    this.zoom(Math.exp(-Math.max(-240, Math.min(240, delta)) * (event.ctrlKey ? 0.01 : 0.0022)), ...this.point(event));
  }

  down(event) {
    if (event.button || event.target.closest("button")) return;
    this.pointers.set(event.pointerId, this.point(event));
  }

  move(event) {
    const was = this.pointers.get(event.pointerId);
    if (!was) return;
    const now = this.point(event), other = [...this.pointers].find(([id]) => id !== event.pointerId);
    if (!this.stage.hasPointerCapture(event.pointerId)) this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, now);
    if (other) {
      const away = p => Math.hypot(p[0] - other[1][0], p[1] - other[1][1]) || 1;
      this.zoom(away(now) / away(was), (now[0] + other[1][0]) / 2, (now[1] + other[1][1]) / 2);
      this.pan((now[0] - was[0]) / 2, (now[1] - was[1]) / 2);
    } else this.pan(now[0] - was[0], now[1] - was[1]);
    this.stage.classList.add("dragging");
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.stage.classList.remove("dragging");
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.stage) return;
    const act = {
      "+": () => this.zoom(STEP), "=": () => this.zoom(STEP), "-": () => this.zoom(1 / STEP),
      "0": () => this.fit(this.model.frame), Home: () => this.fit(this.model.frame),
      ArrowLeft: () => this.pan(80, 0), ArrowRight: () => this.pan(-80, 0),
      ArrowUp: () => this.pan(0, 80), ArrowDown: () => this.pan(0, -80),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
