import type { ChannelStatistics } from "../../channel/messages.ts";
import { NOTICE_DURATION, SOCKETS } from "../../observe/families.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";

export function writeChannels(text: PrometheusText, channels: { name: string; statistics: ChannelStatistics }[]): void {
  text.family(
    SOCKETS,
    channels.map(({ name, statistics }) => [[name], statistics.sockets]),
  );
  text.histograms(
    NOTICE_DURATION,
    channels.map(({ name, statistics }) => [[name], statistics.notice]),
  );
}
