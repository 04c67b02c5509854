#!/usr/bin/env python3
"""Puts what run.py measured into docs/performance.md (between its "measured" marks) and two plots beside it."""
import json
import math
import pathlib
import re

HOME = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE, PLOTS = HOME / "docs/performance.md", HOME / "docs/performance"
GOALS = {  # tx/s at least; CPU, p50, p99 at most
    "W1": (1.0, 1.3, 1.1, 1.1), "W2": (1.2, 1.0, 0.9, 1.0), "W3": (1.0, 1.0, 1.0, 1.0),
    "W4": (1.0, 1.1, 1.1, 1.1), "W5": (1.0, 1.2, 1.0, 1.1), "W6": (1.0, 1.0, 1.0, 1.0),
}
COLUMNS = ("tx/s", "cpu us/tx", "p50 us", "p99 us")
TITLES = ("transactions a second", "CPU per transaction", "latency p50", "latency p99")
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")  # told apart by the colour-blind
INK, GRID, FONT = "#444", "#bbb", 'font-family="sans-serif" font-size="12"'
TOLERANCE = 0.005  # an open loop sends what it was told to: 0.999 is 1


def works_table(works):
    rows = ["| | work | tx/s | CPU µs/tx | p50 µs | p99 µs | p99.9 µs |", "|---|---|---|---|---|---|---|"]
    for name, work in works.items():
        if name not in GOALS:
            continue
        cells = []
        for column, goal in zip(COLUMNS, GOALS[name]):
            f = work["figures"][column]
            good = f["ratio"] >= goal - TOLERANCE if column == "tx/s" else f["ratio"] <= goal + TOLERANCE
            cells.append("%s%.2f%s (%s : %s; goal %s %s)" % (
                "" if good else "**", f["ratio"], "" if good else "**", number(f["gateway"]), number(f["haproxy"]), "≥" if column == "tx/s" else "≤", goal))
        f = work["figures"]["p99.9 us"]
        cells.append("%.2f (%s : %s)" % (f["ratio"], number(f["gateway"]), number(f["haproxy"])))
        rows.append(f"| {name} | {work['what']} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def curve_table(points, key, sides):
    rows = ["| " + key.replace("_", " ") + " | " + " | ".join(f"CPU µs/tx, {s}" for s in sides) + " | peak memory MiB |", "|---" * (len(sides) + 2) + "|"]
    rows += ["| %s | %s | %.0f |" % (f"{p[key]:,}", " | ".join("–" if math.isnan(p[s]) else f"{p[s]:.1f}" for s in sides), p["peak_mib"]) for p in points]
    return "\n".join(rows)


def text(x, y, words, anchor="middle", colour=INK):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}" {FONT}>{words}</text>'


def svg(width, height, parts):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" fill="#fff"/>' + "".join(parts) + "</svg>\n"


def ratio_plot(works):
    """Bars of gateway / HAProxy, on a logarithmic scale around 1."""
    width, height, left, top, bottom = 760, 300, 50, 40, 260
    y = lambda ratio: (top + bottom) / 2 - math.log2(min(4, max(0.25, ratio))) * (bottom - top) / 4
    parts = []
    for tick in (0.25, 0.5, 1, 2, 4):
        parts.append(f'<line x1="{left}" x2="{width - 10}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{INK if tick == 1 else GRID}"/>')
        parts.append(text(left - 8, y(tick) + 4, f"{tick:g}", "end"))
    names = [n for n in works if n in GOALS]
    step = (width - left - 20) / len(names)
    for i, name in enumerate(names):
        for j, column in enumerate(COLUMNS):
            ratio = works[name]["figures"][column]["ratio"]
            x = left + 14 + i * step + j * (step - 22) / 4
            high, low = min(y(ratio), y(1)), max(y(ratio), y(1))
            parts.append(f'<rect x="{x:.1f}" y="{high:.1f}" width="{(step - 22) / 4 - 2:.1f}" height="{max(1, low - high):.1f}" fill="{COLOURS[j]}"/>')
        parts.append(text(left + 14 + i * step + (step - 22) / 2, bottom + 20, name))
    for j, title in enumerate(TITLES):
        parts.append(f'<rect x="{left + j * 175}" y="12" width="10" height="10" fill="{COLOURS[j]}"/>')
        parts.append(text(left + j * 175 + 15, 21, title, "start"))
    parts.append(text(width / 2, height - 8, "gateway / HAProxy: tx/s above 1 is faster, CPU and latency below 1 are better"))
    return svg(width, height, parts)


def curves_plot(connections, in_flight):
    """CPU per transaction over connections and over requests in flight."""
    width, height, top, bottom = 760, 280, 40, 220
    most = max([p["gateway"] for p in connections + in_flight] + [p["haproxy"] for p in connections if not math.isnan(p["haproxy"])]) * 1.1
    y = lambda value: bottom - value / most * (bottom - top)
    parts = []
    for panel, (points, key, title) in enumerate(((connections, "connections", "connections"), (in_flight, "in_flight", "requests in flight"))):
        left = 50 + panel * 370
        x = lambda i: left + 20 + i * 280 / (len(points) - 1)
        for tick in range(0, int(most) + 1, max(1, int(most) // 5)):
            parts.append(f'<line x1="{left}" x2="{left + 320}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{GRID}"/>' + text(left - 6, y(tick) + 4, tick, "end"))
        for j, side in enumerate(s for s in ("gateway", "haproxy") if s in points[0]):
            line = " ".join(f"{x(i):.1f},{y(p[side]):.1f}" for i, p in enumerate(points) if not math.isnan(p[side]))
            parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[j]}" stroke-width="2"/>')
            parts.append(text(left + 10 + j * 90, 24, {"gateway": "gateway", "haproxy": "HAProxy"}[side], "start", COLOURS[j]))
        for i, p in enumerate(points):
            parts.append(text(x(i), bottom + 18, f"{p[key]:,}"))
        parts.append(text(left + 160, bottom + 40, title + " at 10,000 requests a second"))
    parts.append(text(width / 2, height - 4, "CPU in µs per transaction"))
    return svg(width, height, parts)


def main():
    results = json.loads((HOME / "bench/target/compare.json").read_text())
    m = results["machine"]
    lines = [f"{m['date']}: {m['gateway']}; HAProxy {m['haproxy']}, TCP mode, one thread; {m['cpu']}, {m['cores']} cores shared by load, proxy and DRAs; Linux {m['kernel']}.", ""]
    lines += ["Ratio gateway : HAProxy (and both values); **bold**: the goal is not reached.", "", works_table(results["works"]), "",
              f"Peak memory over all of them: {results['works']['peak_mib']:.0f} MiB.", "", "![ratios](performance/ratios.svg)", ""]
    lines += [curve_table(results["connections"], "connections", ("gateway", "haproxy")), "", curve_table(results["in_flight"], "in_flight", ("gateway",)), "",
              "![curves](performance/curves.svg)", ""]
    lines += ["From the command to the first connection accepted: " + ", ".join(f"{v:.0f} ms {k}" for k, v in results["start"].items()) + "."]
    PLOTS.mkdir(parents=True, exist_ok=True)
    (PLOTS / "ratios.svg").write_text(ratio_plot(results["works"]))
    (PLOTS / "curves.svg").write_text(curves_plot(results["connections"], results["in_flight"]))
    page = PAGE.read_text()
    PAGE.write_text(re.sub(r"(<!-- measured -->\n).*(<!-- end -->)", lambda k: k.group(1) + "\n".join(lines) + "\n" + k.group(2), page, flags=re.S))


main()
