// Clips as points of a plane, on one canvas: to point at, to walk through by arrow keys, to draw a line around.
//
//   const plane = mapPlane(label, { onPoint(i), onOpen(i), onRing(all), onPlay(i), onEscape() })   i: number of a point, -1 for none
//   plane.element
//   plane.setPoints({ x, y, wrong })   where they are, and which have a ring
//   plane.setColours(colours)          one a point
//   plane.setLit(lit)                  which stand out: lit(i), or null for all
//   plane.free()

const MEANT = 14, MARGIN = 14, STILL = 4; // px: from a point that is still meant; at the edge; a hand that does not drag

function mapPlane(label, on) {
  const canvas = element("canvas", { aria: { hidden: "true" } }), here = element("div", { className: "emokit-map-here", hidden: true });
  const root = element("div", { className: "emokit-map-plane", tabIndex: 0, aria: { role: "application", label } }, canvas, here);
  let points = { x: [], y: [], wrong: [] }, colours = [], lit = null, xs = [], ys = [], at = -1, ring = null, waiting = false;
  const stands = (i) => !lit || lit(i);
  const radius = () => (points.x.length > 2000 ? 2.5 : points.x.length > 400 ? 3.5 : 4.5);

  // On one scale in both directions, which are parts of one distance.
  function place() {
    const [width, height] = [root.clientWidth || 1, root.clientHeight || 1], { x, y } = points;
    const [left, right, low, high] = [x, y].flatMap((all) => [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)]);
    const scale = Math.min((width - 2 * MARGIN) / Math.max(right - left, 1e-6), (height - 2 * MARGIN) / Math.max(high - low, 1e-6));
    xs = x.map((value) => width / 2 + scale * (value - (left + right) / 2));
    ys = y.map((value) => height / 2 - scale * (value - (low + high) / 2));
  }

  function draw() {
    waiting = false;
    const context = sheet(canvas, root.clientWidth || 1, root.clientHeight || 1), r = radius();
    const dots = (all, size) => { context.beginPath(); for (const i of all) { context.moveTo(xs[i] + size, ys[i]); context.arc(xs[i], ys[i], size, 0, 7); } };
    const of = { dim: new Map(), lit: new Map() }, ringed = [];
    for (let i = 0; i < xs.length; i++) {
      const layer = stands(i) ? of.lit : of.dim;
      if (!layer.has(colours[i])) layer.set(colours[i], []);
      layer.get(colours[i]).push(i);
      if (points.wrong[i] && stands(i)) ringed.push(i);
    }
    for (const [layer, alpha] of [[of.dim, 0.15], [of.lit, 0.9]]) {
      context.globalAlpha = alpha;
      for (const [colour, all] of layer) { context.fillStyle = colour; dots(all, r); context.fill(); }
    }
    context.strokeStyle = getComputedStyle(root).color;
    context.lineWidth = 1.1;
    dots(ringed, r + 2);
    context.stroke();
    if (ring) {
      context.globalAlpha = 1;
      context.setLineDash([4, 3]);
      context.beginPath();
      ring.forEach(([x, y]) => context.lineTo(x, y));
      context.closePath();
      context.stroke();
    }
  }
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const laidOut = () => { place(); draw(); show(); };

  function show() {
    here.hidden = at < 0;
    if (at >= 0) Object.assign(here.style, { left: `${xs[at]}px`, top: `${ys[at]}px` });
  }
  function point(i) {
    if (i === at) return;
    at = i;
    show();
    on.onPoint(i);
  }

  function nearest(x, y, allowed = () => true) {
    let best = -1, least = Infinity;
    for (let i = 0; i < xs.length; i++) {
      const far = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
      if (far < least && stands(i) && allowed(i)) [best, least] = [i, far];
    }
    return [best, Math.sqrt(least)];
  }
  const placeOf = ({ clientX, clientY }) => { const box = root.getBoundingClientRect(); return [clientX - box.left, clientY - box.top]; };
  const under = (event) => { const [i, far] = nearest(...placeOf(event)); return far <= MEANT ? i : -1; };

  root.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    root.setPointerCapture(event.pointerId);
    ring = [placeOf(event)];
  });
  root.addEventListener("pointermove", (event) => {
    if (!ring) return point(under(event));
    const [x, y] = placeOf(event), [fromX, fromY] = ring.at(-1);
    if (ring.length > 1 || Math.hypot(x - fromX, y - fromY) > STILL) { ring.push([x, y]); redraw(); }
  });
  root.addEventListener("pointerup", (event) => {
    const line = ring;
    ring = null;
    redraw();
    if (line?.length > 2) return on.onRing(xs.flatMap((_, i) => (stands(i) && encloses(line, xs[i], ys[i]) ? [i] : [])));
    const i = under(event);
    if (line && i >= 0) { point(i); on.onOpen(i); }
  });
  root.addEventListener("pointercancel", () => { ring = null; redraw(); });
  root.addEventListener("pointerleave", () => { if (!ring && !root.matches(":focus-visible")) point(-1); });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) step(way);
    else if (event.key === "Enter" && at >= 0) on.onOpen(at);
    else if (event.key === " " && at >= 0) on.onPlay(at);
    else if (event.key === "Escape") on.onEscape();
    else if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has commands of its own on these keys
  });

  // To the nearest point that lies rather this way than to the sides; at first to the one in the middle.
  function step([dx, dy]) {
    if (at < 0) return point(nearest(root.clientWidth / 2, root.clientHeight / 2)[0]);
    const [x, y] = [xs[at], ys[at]];
    const ahead = (i) => { const along = dx * (xs[i] - x) + dy * (ys[i] - y); return along > 0 && along >= Math.abs(dy * (xs[i] - x) + dx * (ys[i] - y)); };
    const [next] = nearest(x, y, ahead);
    if (next >= 0) point(next);
  }

  const size = new ResizeObserver(laidOut), theme = new MutationObserver(redraw);
  size.observe(root);
  theme.observe(document.body, { attributes: true });
  return {
    element: root,
    setPoints: (next) => { points = next; at = -1; laidOut(); },
    setColours: (next) => { colours = next; redraw(); },
    setLit: (next) => { lit = next; redraw(); },
    free: () => { size.disconnect(); theme.disconnect(); },
  };
}

// Whether a place lies within a closed line: a ray from it crosses the line an odd number of times.
function encloses(line, x, y) {
  let inside = false;
  line.forEach(([ax, ay], i) => {
    const [bx, by] = line.at(i - 1);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}
