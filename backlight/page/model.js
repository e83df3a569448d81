// The layout as data, read from the SVG that the page carries: cells, their uses, and what lies where.
// Lengths in µm, y upwards. A matrix [a, b, c, d, e, f] maps (x, y) to (a x + c y + e, b x + d y + f), as in SVG.

const IDENTITY = [1, 0, 0, 1, 0, 0];
const LAST = ["straight", "bend", "bump", "bond pad"];

function after(outer, inner) {
  const [a, b, c, d, e, f] = outer, [p, q, r, s, t, u] = inner;
  return [a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f];
}

function mapBox(m, [left, bottom, right, top]) {
  const xs = [m[0] * left, m[0] * right], ys = [m[2] * bottom, m[2] * top];
  const us = [m[1] * left, m[1] * right], vs = [m[3] * bottom, m[3] * top];
  return [
    Math.min(...xs) + Math.min(...ys) + m[4], Math.min(...us) + Math.min(...vs) + m[5],
    Math.max(...xs) + Math.max(...ys) + m[4], Math.max(...us) + Math.max(...vs) + m[5],
  ];
}

function back(m, x, y) {
  const det = m[0] * m[3] - m[1] * m[2], u = x - m[4], v = y - m[5];
  return [(m[3] * u - m[2] * v) / det, (m[0] * v - m[1] * u) / det];
}

function join(boxes) {
  return boxes.reduce(
    ([l, b, r, t], [p, q, s, u]) => [Math.min(l, p), Math.min(b, q), Math.max(r, s), Math.max(t, u)],
    [Infinity, Infinity, -Infinity, -Infinity]);
}

// `translate(x y) rotate(quarter turns) scale(1,-1)`, the last two only where needed.
function readPlace(text) {
  const [x, y] = text.match(/translate\(([^)]*)\)/)[1].split(" ").map(Number);
  const turns = Number((text.match(/rotate\((\d+)\)/) || [0, 0])[1]) / 90;
  const cos = [1, 0, -1, 0][turns], sin = [0, 1, 0, -1][turns], flip = text.includes("scale") ? -1 : 1;
  return [cos, sin, -sin * flip, cos * flip, x, y];
}

function readPath(d) {
  const numbers = d.match(/-?[\d.]+/g).map(Number);
  let box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < numbers.length; k += 2) {
    const x = numbers[k], y = numbers[k + 1];
    box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
  }
  return { shape: new Path2D(d), box };
}

class Model {
  constructor(markup) {
    const svg = new DOMParser().parseFromString(markup, "text/html").querySelector("svg");
    const view = svg.getAttribute("viewBox").split(" ").map(Number);
    this.frame = [view[0], -view[1] - view[3], view[0] + view[2], -view[1]];
    this.cells = new Map();
    for (const group of svg.querySelectorAll("defs > g")) this.read(group); // children stand before their parents
    this.top = this.cells.get(svg.querySelector(":scope > use").getAttribute("href").slice(1));
  }

  read(group) {
    const paths = new Map(), uses = [];
    for (const node of group.children) {
      if (node.tagName === "path") paths.set(node.getAttribute("class"), readPath(node.getAttribute("d")));
      else {
        const cell = this.cells.get(node.getAttribute("href").slice(1));
        const m = readPlace(node.getAttribute("transform"));
        if (cell.box[0] < Infinity) uses.push({ name: node.textContent, cell, m, box: mapBox(m, cell.box) });
      }
    }
    const box = join([...[...paths.values()].map(path => path.box), ...uses.map(use => use.box)]);
    this.cells.set(group.id, { name: group.id.slice(5), role: group.dataset.role || "", paths, uses, box });
  }

  // The smallest device whose box, widened by `reach`, holds a point; null where there is none.
  at(x, y, reach) {
    let best = null, least = Infinity;
    const visit = (cell, m, path, px, py) => {
      for (const use of cell.uses) {
        const [l, b, r, t] = use.box;
        if (px < l - reach || px > r + reach || py < b - reach || py > t + reach) continue;
        const whole = path ? `${path}.${use.name}` : use.name, matrix = after(m, use.m);
        if (use.cell.uses.length) visit(use.cell, matrix, whole, ...back(use.m, px, py));
        else if ((r - l) * (t - b) < least) {
          least = (r - l) * (t - b);
          best = found(whole, use.cell, matrix);
        }
      }
    };
    visit(this.top, IDENTITY, "", x, y);
    return best;
  }

  // The device or block of a path such as layer1.mesh.mzi_0_0.theta.
  find(path) {
    let cell = this.top, m = IDENTITY;
    for (const name of path.split(".")) {
      const use = cell.uses.find(each => each.name === name);
      if (!use) return null;
      m = after(m, use.m);
      cell = use.cell;
    }
    return found(path, cell, m);
  }

  // Every path, those of blocks too; waveguides and pads last, for nobody looks for one by name.
  paths() {
    if (this.all) return this.all;
    const devices = [], guides = [];
    const visit = (cell, prefix) => {
      for (const use of cell.uses) {
        const path = prefix + use.name;
        (LAST.includes(use.cell.role) ? guides : devices).push(path);
        visit(use.cell, `${path}.`);
      }
    };
    visit(this.top, "");
    return (this.all = [...devices, ...guides]);
  }

  // Paths that contain all words of a text, the best first.
  search(text, limit) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = [];
    for (const path of this.paths()) {
      const low = path.toLowerCase();
      if (!words.every(word => low.includes(word))) continue;
      hits.push([low === words.join(" ") ? 0 : low.endsWith(words.at(-1)) ? 1 : 2, path]);
    }
    return hits.sort((a, b) => a[0] - b[0]).slice(0, limit).map(hit => hit[1]);
  }
}

function found(path, cell, m) {
  return { path, name: cell.name, role: cell.role || (cell.uses.length ? "block" : "device"), box: mapBox(m, cell.box) };
}
