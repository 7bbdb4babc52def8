"""Pictures of a run: when each call ran, and how many did at a time. Drawn as SVG, which every browser shows."""

from __future__ import annotations

import math
import os
import time
from html import escape

# Milestones of a call, with the names and in the order of Lithops.
MILESTONES = [
    ("host submit", "host_submit_tstamp", "#4c72b0"),
    ("function start", "worker_func_start_tstamp", "#dd8452"),
    ("function done", "worker_func_end_tstamp", "#55a868"),
    ("result fetched", "host_result_done_tstamp", "#c44e52"),
]
PIXELS = 96  # to an inch
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 24, 52


def draw(stats, dst=None, figsize=(10, 6)):
    """Writes the timeline and the histogram of calls; gives the two paths."""
    stats = [told for told in stats if "worker_start_tstamp" in told]
    if not stats:
        return []
    if dst is None:
        os.makedirs("plots", exist_ok=True)
        dst = os.path.join("plots", str(int(time.time())))
    paths = []
    for name, picture in (("timeline", timeline), ("histogram", histogram)):
        paths.append(f"{os.path.realpath(os.path.expanduser(dst))}_{name}.svg")
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write(picture(stats, figsize))
    return paths


def timeline(stats, figsize):
    """A row for each call, with a dot for each milestone and a line for as long as the function ran."""
    begin = min(told["host_job_create_tstamp"] for told in stats)
    last = max(max(told.get(key, begin) for _, key, _ in MILESTONES) for told in stats)
    chart = Chart(figsize, max(last - begin, 1e-3), len(stats), "Function call")
    for row, told in enumerate(stats):
        start, end = told["worker_func_start_tstamp"] - begin, told["worker_func_end_tstamp"] - begin
        chart.line(start, row + 0.5, end, row + 0.5, "#dd8452", 1)
        for _, key, colour in MILESTONES:
            if key in told:
                chart.dot(told[key] - begin, row + 0.5, colour)
    return chart.finished([(name, colour) for name, _, colour in MILESTONES])


def histogram(stats, figsize):
    """A line for each call, over the number of calls that ran at the same time."""
    begin = min(told["host_job_create_tstamp"] for told in stats)
    spans = [(told["worker_start_tstamp"] - begin, told["worker_end_tstamp"] - begin) for told in stats]
    chart = Chart(figsize, max(max(end for _, end in spans), 1e-3), len(stats), "Function call")
    chart.steps(active(spans), "#4c72b0")
    for row, (start, end) in enumerate(spans):
        chart.line(start, row + 0.5, end, row + 0.5, "#333333", 0.8)
    return chart.finished([("calls at the same time", "#4c72b0"), ("call", "#333333")])


def active(spans):
    """How many calls run, as (time, count) where that changes."""
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    count, found = 0, [(0.0, 0)]
    for at, change in changes:
        count += change
        found.append((at, count))
    return found


class Chart:
    """Axes, from 0 to `seconds` and from 0 to `rows`, and what is drawn between them."""

    def __init__(self, figsize, seconds, rows, label):
        self.width, self.height = (round(inches * PIXELS) for inches in figsize)
        self.seconds, self.rows = seconds * 1.05, max(rows, 1)
        self.parts = []
        for value in ticks(self.seconds):
            x = self.x(value)
            self.parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{self.height - BOTTOM}"/>')
            self.parts.append(f'<text x="{x:.1f}" y="{self.height - BOTTOM + 18}" text-anchor="middle">{value:g}</text>')
        for value in ticks(self.rows, whole=True):
            y = self.y(value)
            self.parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{self.width - RIGHT}"/>')
            self.parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
        middle = (TOP + self.height - BOTTOM) / 2
        self.parts.append(f'<text x="{self.width / 2}" y="{self.height - 12}" text-anchor="middle">Execution time (s)</text>')
        self.parts.append(f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">{escape(label)}</text>')

    def x(self, seconds):
        return LEFT + (self.width - LEFT - RIGHT) * max(seconds, 0) / self.seconds

    def y(self, rows):
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * rows / self.rows

    def dot(self, seconds, row, colour):
        self.parts.append(f'<circle cx="{self.x(seconds):.1f}" cy="{self.y(row):.1f}" r="2.2" fill="{colour}"/>')

    def line(self, start, row, end, end_row, colour, width):
        path = f"M{self.x(start):.1f} {self.y(row):.1f}L{self.x(end):.1f} {self.y(end_row):.1f}"
        self.parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="{width}" stroke-opacity="0.7"/>')

    def steps(self, points, colour):
        path = f"M{self.x(points[0][0]):.1f} {self.y(points[0][1]):.1f}"
        path += "".join(f"H{self.x(at):.1f}V{self.y(value):.1f}" for at, value in points[1:])
        self.parts.append(f'<path d="{path}" fill="{colour}" fill-opacity="0.15" stroke="{colour}" stroke-width="1.5"/>')

    def finished(self, legend):
        """The picture, with what its colours mean."""
        for index, (name, colour) in enumerate(legend):
            y = TOP + 14 + 18 * index
            self.parts.append(f'<circle cx="{self.width - 176}" cy="{y - 4}" r="4" fill="{colour}"/>')
            self.parts.append(f'<text x="{self.width - 164}" y="{y}">{escape(name)}</text>')
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        style = "text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}"
        ground = '<rect width="100%" height="100%" fill="#fff"/>'
        body = "\n".join(self.parts)
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{style}</style>\n{ground}\n{body}\n</svg>\n'


def ticks(end, whole=False):
    """Round numbers from 0 to `end`, ten at most."""
    step = 10 ** math.floor(math.log10(end / 8)) if end > 0 else 1
    step = next(step * factor for factor in (1, 2, 5, 10, 20) if end / (step * factor) <= 10)
    step = max(step, 1) if whole else step
    return [round(index * step, 10) for index in range(int(end / step + 1e-9) + 1)]


def summary(futures):
    """A table of jobs: their function, its calls, failures and seconds."""
    jobs = {}
    for future in futures:
        jobs.setdefault(future.job, []).append(future)
    lines = [f"{'job':<6}{'function':<32}{'calls':>8}{'failed':>8}{'mean s':>10}{'total s':>10}"]
    for job, members in jobs.items():
        ended = [future for future in members if future._told is not None]
        times = [future.stats["worker_exec_time"] for future in ended if "worker_exec_time" in future.stats]
        failed = sum(future._error is not None for future in ended)
        mean = sum(times) / len(times) if times else 0.0
        lines.append(f"{members[0].job_id:<6}{job.name:<32}{len(members):>8}{failed:>8}{mean:>10.3f}{sum(times):>10.3f}")
    return "\n".join(lines)
