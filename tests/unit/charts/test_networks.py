"""Networks: no two names lie upon each other, the same whenever it is drawn, and hidden rows are left out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from crmlib import charts, theme
from crmlib.charts.networks import laid_out
from crmlib.text import load_text


@pytest.mark.parametrize("count", [2, 5, 24, 40])
def test_no_two_names_lie_upon_each_other(count):
    ends = np.array(list(pairwise(range(count))))
    sizes = np.array([(60.0 + n % 5 * 20, 24.0) for n in range(count)])
    places = laid_out(count, ends, sizes)
    assert np.isfinite(places).all() and (np.abs(places[:, 0]) + sizes[:, 0] / 2 <= theme.WIDTH / 2 + 1e-9).all()
    for one in range(count):
        for other in range(one):
            apart = np.abs(places[one] - places[other])
            assert apart[0] >= (sizes[one, 0] + sizes[other, 0]) / 2 or apart[1] >= 24.0 - 1e-9


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_it_is_drawn_the_same_each_time_without_hidden_rows(locale):
    frame = pd.DataFrame({"word": ["駐車場", "料理", "秘密"], "beside": ["狭い", "良い", "少数"],
                          "jaccard": [0.5, 0.25, float("nan")], "suppressed": [False, False, True]})
    words = load_text("satisfaction", locale)
    drawn = [theme.draw_svg(lambda ax: charts.network(frame, ax, words, one="word", other="beside", weight="jaccard"),
                            "network") for _ in range(2)]
    assert drawn[0] == drawn[1] and "駐車場" in drawn[0] and "秘密" not in drawn[0]
