"""A live view on a bare page in Chromium, its questions answered in this process: no JupyterLab to wait for."""

import base64
import json

DARK = {"--jp-ui-font-color1": "#e0e0e0", "--jp-layout-color1": "#111111", "--jp-layout-color2": "#212121"}
DARK |= {"--jp-layout-color3": "#424242", "--jp-border-color2": "#616161"}
PAGE = """async ([code, css, state, dark]) => {
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  for (const [name, value] of Object.entries(dark)) document.documentElement.style.setProperty(name, value);
  document.body.style.background = dark["--jp-layout-color1"] ?? "#fff";
  const listeners = new Set();
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const model = {
    get: () => state,
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
    send: async (question) => {
      const { answer, beside } = JSON.parse(await window.answers(JSON.stringify(question)));
      const buffers = beside.map(bytes);
      listeners.forEach((listener) => listener(answer, buffers));
    },
  };
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const el = document.body.appendChild(document.createElement("div"));
  (window.left ??= []).push((await import(url)).default.render({ model, el }));
}"""


def show(browser, view, width: int = 1440, height: int = 1000, dark: bool = False):
    """A new page that shows the view; what it asks is answered by the view's widget. It keeps `page.asked`."""
    page, widget = browser.new_page(viewport={"width": width, "height": height}), view.widget()
    sent, page.asked = [], []
    widget.send = lambda content, buffers: sent.append((content, buffers))

    def answers(text: str) -> str:
        question = json.loads(text)
        page.asked.append(question)
        widget._handle_custom_msg(question, [])
        answer, buffers = sent.pop()
        return json.dumps({"answer": answer, "beside": [base64.b64encode(one).decode() for one in buffers]})

    page.expose_function("answers", answers)
    page.set_content("<!doctype html>")  # else tables have the colours of older pages
    page.evaluate(PAGE, [str(widget._esm), str(widget._css), widget.state, DARK if dark else {}])
    return page
