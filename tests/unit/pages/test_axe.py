"""axe-core on whole pages, in a browser where there is one; the same rules are checked statically everywhere."""

from __future__ import annotations

import html as html_module
import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

import specimen
from crmlib.report.index import render_archive, render_index
from crmlib.report.render import render_page

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=20000")
RUN = """
axe.run(document, {resultTypes: ["violations"]}).then(found => {
  const told = found.violations.map(v => ({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html.slice(0, 160))}));
  const out = document.createElement("pre"); out.id = "axe-result";
  out.textContent = JSON.stringify(told); document.body.appendChild(out); });
"""


def pages(folder, locale):
    months = [{"month": m, "href": f"{m}/index.html", "provisional": True, "partial": False, "facts": specimen.facts()}
              for m in specimen.months(4)]
    context = specimen.context(locale)
    return {"page": render_page(specimen.notebook(folder / "n.ipynb", locale), locale, context),
            "index": render_index(specimen.facts(), specimen.meta(), context),
            "archive": render_archive(months, {k: context[k] for k in ("shop", "locale", "currency", "decimals")})}


def violations(page, folder, browser, width):
    """Run axe on a copy of a page that allows it, and return what it found."""
    axe = Path(find_spec("axe_core_python").origin).parent / "axe.min.js"
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    free = free.replace("<details>", "<details open>")
    script = axe.read_text(encoding="utf-8") + RUN
    copy = folder / "copy.html"
    copy.write_text(free.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    done = subprocess.run([browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},2000",
                           "--dump-dom", copy.as_uri()], capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="axe-result">(.*?)</pre>', done.stdout, re.S)
    assert found, "axe gave no result"
    return json.loads(html_module.unescape(found[1]))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["page", "index", "archive"])
@pytest.mark.parametrize(("locale", "width"), [("ja", 1280), ("en", 500)])
def test_axe_finds_nothing_serious(tmp_path, browser, kind, locale, width):
    if find_spec("axe_core_python") is None:
        pytest.skip("axe-core-python is not installed")
    found = violations(pages(tmp_path, locale)[kind], tmp_path, browser, width)
    assert [v for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.browser
@pytest.mark.slow
def test_axe_would_find_a_fault(tmp_path, browser):
    if find_spec("axe_core_python") is None:
        pytest.skip("axe-core-python is not installed")
    page = pages(tmp_path, "en")["archive"].replace("<h1>", '<img src="data:image/png;base64,AA"><h1>')
    assert "image-alt" in [v["id"] for v in violations(page, tmp_path, browser, 1280)]
