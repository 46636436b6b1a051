// The picture of a recording over time: waveform, probabilities as areas, and the window that is chosen.

const times = (row) => `${row.start.toFixed(1)} to ${row.end.toFixed(1)} s`;

// A picture of probabilities over time, of which a window can be chosen.
function track(classes, onChoose) {
  const wave = element("canvas", { className: "emokit-wave" }), areas = element("canvas", { className: "emokit-areas" });
  const now = element("div", { className: "emokit-now" }), frame = element("div", { className: "emokit-window", hidden: true });
  const picture = element("div", { className: "emokit-track-picture", tabIndex: 0, aria: { role: "slider", label: "Windows of the recording", valuemin: 0 } }, wave, areas, frame, now);
  const axis = element("div");
  let heard = null, from = 0, to = 1, chosen = -1, at = 0;

  const width = () => picture.clientWidth || 1;
  const x = (seconds) => ((seconds - from) / (to - from)) * width();
  const windowAt = (seconds) => {
    let low = 0, high = heard.rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (seconds < heard.edges[middle + 1]) high = middle; else low = middle + 1;
    }
    return low;
  };

  function drawWave(height) {
    const context = sheet(wave, width(), height), n = heard.peaks.length / 2;
    const top = Math.max(1, ...heard.louder), y = (value) => (height / 2) * (1 - value / top);
    context.fillStyle = "#5b87b5";
    for (let column = 0; column < width(); column++) {
      const place = (pixel) => ((from + (pixel / width()) * (to - from)) / heard.seconds) * n;
      const first = Math.floor(place(column)), last = Math.max(first + 1, Math.ceil(place(column + 1)));
      let low = 0, high = 0;
      for (let i = first; i < Math.min(last, n); i++) {
        low = Math.min(low, heard.peaks[2 * i]);
        high = Math.max(high, heard.peaks[2 * i + 1]);
      }
      context.fillRect(column, y(high), 1, Math.max(1, y(low) - y(high)));
    }
  }

  // Calls draw(first, one after the last) for each row of neighbours in view of which `is` holds.
  function stretches(is, draw) {
    const end = Math.min(heard.rows.length, windowAt(to) + 2);
    for (let i = Math.max(0, windowAt(from) - 1); i < end; i++) {
      if (!is(heard.rows[i])) continue;
      let last = i + 1;
      while (last < end && is(heard.rows[last])) last++;
      draw(i, last);
      i = last;
    }
  }

  function drawAreas(height) {
    const context = sheet(areas, width(), height), { rows, edges } = heard;
    stretches((row) => row.p, (first, last) => {
      const places = [first, ...Array.from({ length: last - first }, (_, i) => first + i), last - 1];
      const xs = places.map((i, n) => x(n === 0 ? edges[first] : n === places.length - 1 ? edges[last] : (rows[i].start + rows[i].end) / 2));
      const below = places.map(() => height);
      classes.forEach((kind, k) => {
        const above = places.map((i, n) => below[n] - rows[i].p[k] * height);
        context.beginPath();
        xs.forEach((place, n) => context.lineTo(place, above[n]));
        for (let n = xs.length - 1; n >= 0; n--) context.lineTo(xs[n], below[n]);
        context.fillStyle = kind.colour;
        context.fill();
        above.forEach((value, n) => { below[n] = value; });
      });
    });
    const hatched = (is, pattern) => stretches(is, (first, last) => {
      context.fillStyle = pattern;
      context.fillRect(x(edges[first]), 0, x(edges[last]) - x(edges[first]), height);
    });
    hatched((row) => !row.p, hatching(context, "#8a9099", 1));
    hatched((row) => row.p && row.far, hatching(context, "#ffffff", -1));
  }

  function place() {
    now.style.left = `${x(at)}px`;
    now.hidden = at < from || at > to;
    frame.hidden = chosen < 0;
    if (chosen < 0) return;
    const row = heard.rows[chosen], left = Math.max(0, x(row.start));
    frame.style.left = `${left}px`;
    frame.style.width = `${Math.max(2, Math.min(width(), x(row.end)) - left)}px`;
  }

  function draw() {
    if (!heard) return;
    drawWave(64);
    drawAreas(150);
    axis.replaceChildren(timeAxis(to, from));
    place();
  }

  // Show `span` s around the chosen window, or around the playhead; all of it at most.
  function zoom(span) {
    const row = heard.rows[chosen], middle = row ? (row.start + row.end) / 2 : at;
    const length = Math.min(heard.seconds, span);
    from = Math.min(Math.max(0, middle - length / 2), heard.seconds - length);
    to = from + length;
    draw();
  }

  // Turn the page where a time is out of sight.
  function follow(seconds) {
    const length = to - from;
    if (seconds >= from && seconds <= to) return;
    from = Math.min(Math.max(0, seconds - 0.1 * length), heard.seconds - length);
    to = from + length;
    draw();
  }

  function choose(i) {
    chosen = Math.min(Math.max(0, i), heard.rows.length - 1);
    const row = heard.rows[chosen];
    picture.setAttribute("aria-valuenow", chosen);
    picture.setAttribute("aria-valuetext", `${times(row)}: ${row.words}`);
    follow(row.start);
    place();
    return row;
  }

  picture.addEventListener("click", (event) => {
    if (!heard) return;
    const seconds = from + ((event.clientX - picture.getBoundingClientRect().left) / width()) * (to - from);
    onChoose(windowAt(seconds), true);
  });
  picture.addEventListener("keydown", (event) => {
    if (!heard) return;
    const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: heard.rows.length - 1 }[event.key];
    if (event.key === "Enter") onChoose(Math.max(0, chosen), true);
    else if (to !== undefined) onChoose(to, false);
    else return;
    event.preventDefault();
  });
  const watcher = new ResizeObserver(draw);
  watcher.observe(picture);
  return {
    element: element("div", {}, picture, axis),
    show: (next) => {
      [heard, from, to, chosen, at] = [next, 0, next.seconds, -1, 0];
      picture.setAttribute("aria-valuemax", next.rows.length - 1);
      draw();
    },
    choose,
    at: (seconds) => { at = seconds; follow(seconds); place(); return windowAt(seconds); },
    zoom: (factor) => zoom((to - from) / factor),
    stop: () => watcher.disconnect(),
  };
}

function hatching(context, colour, slope) {
  const tile = element("canvas", { width: 8, height: 8 }), pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, slope > 0 ? 8 : 0);
    pen.lineTo(shift + 8, slope > 0 ? 0 : 8);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
