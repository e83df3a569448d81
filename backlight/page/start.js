// Puts the parts together. Without scripts the page shows the SVG itself.

for (const figure of document.querySelectorAll(".chip-view")) {
  const part = name => figure.querySelector(`[data-part="${name}"]`);
  const model = new Model(figure.querySelector("noscript").textContent);
  const boxes = [...figure.querySelectorAll("input[data-layer]")];
  const layers = new Map(boxes.map(box => [box.dataset.layer, { opacity: Number(box.dataset.opacity), shown: box.checked }]));
  const devices = new Devices(figure, model), painter = new Painter(model, part("canvas"), layers);
  const [l, b, r, t] = model.frame;
  part("stage").style.aspectRatio = `${r - l} / ${t - b}`;
  figure.classList.add("ready");
  const view = new View(part("stage"), model, painter, () => {
    const zoom = view.scale / view.least();
    part("zoom").textContent = `${zoom < 10 ? zoom.toFixed(1) : Math.round(zoom)}×`;
    scaleBar(part("bar"), view.scale);
    devices.hovered = null;
    part("tip").hidden = true;
    devices.mark();
  });
  devices.attach(view);
  for (const box of boxes) {
    box.addEventListener("change", () => {
      layers.get(box.dataset.layer).shown = box.checked;
      view.update();
    });
  }
  part("in").addEventListener("click", () => view.zoom(STEP));
  part("out").addEventListener("click", () => view.zoom(1 / STEP));
  part("whole").addEventListener("click", () => view.fit(model.frame));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.update());
}
