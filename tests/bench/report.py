# SPDX-License-Identifier: BSD-2-Clause
"""The results as a Markdown table, and the growth as plots (SVG, by hand: no library for three lines)."""

import math
import os
import platform
import statistics

from rows import ROWS, TARGET_CALLS, TARGET_MEMORY
from servers import NAMES

PEERS = NAMES[1:]


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "?")
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    return {"cpu": model, "processors": os.cpu_count(), "memory_gib": round(memory, 1), "kernel": platform.release(),
            "load_before": os.getloadavg()[0]}


def number(value):
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cpu_text(row, cpu):
    if row.slow:
        return f"{cpu:.3f} s"
    return f"{number(cpu * 1e6)} us"


def cell(row, result):
    """A server's CPU and rate in one row."""
    if not result:
        return "-"
    rate = f"{result['cpu_gib_rate']:.2f} GiB/s" if row.unit == "GiB" else f"{number(result['rate'])}/s"
    errors = f" ({result['errors']} errors)" if result["errors"] else ""
    return f"{cpu_text(row, result['cpu'])}, {rate}{errors}"


def ratio(own, others, key):
    """The ratio of own to the best of the others: below 1 is better for CPU, above 1 for rates."""
    values = [other[key] for other in others if other]
    if not own or not values:
        return "-"
    return f"{own[key] / (min if key == 'cpu' else max)(values):.2f}"


def target(row):
    words = []
    if row.target_cpu is not None:
        words.append(f"{row.target_cpu:.2f} s" if row.slow else f"{number(row.target_cpu)} us")
    if row.target_rate is not None:
        words.append(f"{number(row.target_rate)}/s")
    return ", ".join(words) or "-"


def median_of(rounds):
    """Medians of the rounds' figures, errors added up."""
    if not rounds:
        return None
    middle = {key: statistics.median(one[key] for one in rounds)
              for key in ("cpu", "rate", "p50_ms", "p99_ms", "client_cpu")}
    return {**middle, "errors": sum(one["errors"] for one in rounds), "rounds": len(rounds),
            "cpu_gib_rate": middle["rate"], "cpu_low": min(one["cpu"] for one in rounds),
            "cpu_high": max(one["cpu"] for one in rounds), "rate_low": min(one["rate"] for one in rounds),
            "rate_high": max(one["rate"] for one in rounds)}


def markdown(results):
    lines = ["| workload | " + " | ".join(NAMES) + " | CPU to best peer | rate to best peer | target |",
             "|---|" + "---|" * (len(NAMES) + 3)]
    for row in ROWS:
        found = results["rows"].get(row.name)
        if not found:
            continue
        own, peers = found.get("wardftpd"), [found.get(name) for name in PEERS]
        lines.append(f"| {row.name} | " + " | ".join(cell(row, found.get(name)) for name in NAMES)
                     + f" | {ratio(own, peers, 'cpu')} | {ratio(own, peers, 'rate')} | {target(row)} |")
    return "\n".join(lines + counted(results)) + "\n"


def counted(results):
    lines = []
    for tls, key in ((False, "plain"), (True, "tls")):
        found = results["memory"].get(key)
        if found:
            lines.append(counted_line(f"private memory of an idle session, {key}", found, "KiB", TARGET_MEMORY[tls]))
    calls = {name: sum(by_name.values()) for name, by_name in results["calls"].items()}
    if calls:
        lines.append(counted_line("system calls for EPSV and RETR of 1 KiB", calls, "", TARGET_CALLS))
    return lines


def counted_line(title, found, unit, wanted):
    peers = [found[name] for name in PEERS if name in found]
    best = f"{found['wardftpd'] / min(peers):.2f}" if peers and "wardftpd" in found else "-"
    cells = " | ".join(f"{found[name]:.1f} {unit}".strip() if name in found else "-" for name in NAMES)
    return f"| {title} | {cells} | {best} | - | {wanted} {unit}".rstrip() + " |"


def plot(path, title, across, up, lines, log_y=False):
    """lines: name -> [(x, y)].  x is logarithmic; y from 0, or logarithmic as well."""
    width, height, left, top = 640, 360, 70, 40
    points = [point for line in lines.values() for point in line]
    x0, x1 = (f(math.log10(x) for x, _ in points) for f in (min, max))
    low = min(math.log10(y) for _, y in points) - 0.2 if log_y else 0
    high = max((math.log10(y) if log_y else y) for _, y in points) + (0.2 if log_y else 0)
    high = high * (1 if log_y else 1.15)

    def at(x, y):
        across_part = (math.log10(x) - x0) / ((x1 - x0) or 1)
        up_part = ((math.log10(y) if log_y else y) - low) / ((high - low) or 1)
        return left + across_part * (width - left - 130), top + (1 - up_part) * (height - top - 60)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="12">', f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="20" font-size="14">{title}</text>',
           f'<text x="{left}" y="{height - 10}">{across}</text>', f'<text x="8" y="{top - 8}">{up}</text>']
    for x in sorted({x for x, _ in points}):
        px = at(x, 10 ** low if log_y else 0)[0]
        out.append(f'<line x1="{px:.0f}" y1="{top}" x2="{px:.0f}" y2="{height - 60}" stroke="#ddd"/>'
                   f'<text x="{px:.0f}" y="{height - 42}" text-anchor="middle">{x:,}</text>')
    for step in range(5):
        level = low + (high - low) * step / 4
        y = 10 ** level if log_y else level
        py = top + (1 - step / 4) * (height - top - 60)
        out.append(f'<line x1="{left}" y1="{py:.0f}" x2="{width - 130}" y2="{py:.0f}" stroke="#ddd"/>'
                   f'<text x="{left - 6}" y="{py + 4:.0f}" text-anchor="end">{number(y)}</text>')
    for (name, line), colour in zip(lines.items(), ("#c00", "#06c", "#080", "#a60", "#609")):
        path_points = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in sorted(line))
        out.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        px, py = at(*max(line))
        out.append(f'<text x="{px + 6:.0f}" y="{py + 4:.0f}" fill="{colour}">{name}</text>')
    with open(path, "w") as file:
        file.write("\n".join([*out, "</svg>"]) + "\n")
