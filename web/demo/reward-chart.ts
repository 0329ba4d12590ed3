import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { RewardSeries } from "./reward-series.ts";

type Drawn = { plot: uPlot; series: RewardSeries; resize: ResizeObserver; points: number };
const drawn = new WeakMap<Element, Drawn>();

/** Draws the series into `element`, or brings the chart there up to date. */
export function drawRewardChart(element: Element | undefined, series: RewardSeries): void {
  if (!(element instanceof HTMLElement)) return;
  const chart = drawn.get(element) ?? create(element, series);
  const points = series.columns[0].length;
  if (points !== chart.points) chart.plot.setData(series.columns);
  chart.points = points;
}

const HEIGHT = 170;

function create(element: HTMLElement, series: RewardSeries): Drawn {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  const plot = new uPlot(
    {
      width: Math.max(200, element.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(0.6, max)] } },
      axes: [
        { ...axis, size: 26, space: 60 },
        { ...axis, size: 38, space: 34, values: (_, ticks) => ticks.map((v) => `${Math.round(100 * v)} %`) },
      ],
      series: [
        {},
        { label: "model", stroke: colour("--glow"), width: 2.5, points: { show: false } },
        { label: "at random", stroke: colour("--cool"), width: 1.5, dash: [4, 4], points: { show: false } },
        { label: "best possible", stroke: colour("--leaf"), width: 1.5, dash: [8, 4], points: { show: false } },
      ],
    },
    series.columns,
    element,
  );
  const resize = new ResizeObserver(
    () => element.clientWidth > 0 && plot.setSize({ width: element.clientWidth, height: HEIGHT }),
  );
  resize.observe(element);
  const chart = { plot, series, resize, points: 0 };
  drawn.set(element, chart);
  return chart;
}
