import { expect, test } from "vitest";
import { Alarm } from "./alarm.ts";

/** A storage that has an alarm, and remembers what it was set to. */
async function alarmAt(at: number | null): Promise<{ alarm: Alarm; set: number[] }> {
  const set: number[] = [];
  const storage = { getAlarm: async () => at, setAlarm: async (time: number) => void set.push(time) };
  const alarm = new Alarm(storage as unknown as DurableObjectStorage);
  await alarm.load();
  return { alarm, set };
}

test("an alarm is written only when it has to ring earlier", async () => {
  const { alarm, set } = await alarmAt(null);
  const now = Date.now();
  for (const wait of [5000, 7000, 4000, 4000, 6000]) alarm.noLaterThan(now + wait);
  expect(set).toEqual([now + 5000, now + 4000]);
  alarm.rang();
  alarm.noLaterThan(now + 9000);
  expect(set.at(-1)).toBe(now + 9000);
});

test("an alarm that failed and waits for the platform to try it again is set anew", async () => {
  const now = Date.now();
  const { alarm, set } = await alarmAt(now - 60_000);
  alarm.noLaterThan(now + 50);
  expect(set).toEqual([now + 50]);
  const due = await alarmAt(now);
  due.alarm.noLaterThan(now + 50);
  expect(due.set).toEqual([]);
});
