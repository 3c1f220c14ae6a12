import { expect, it } from "vitest";

import { membersOf } from "../../../src/runs/hold/members.ts";
import { toldFacts } from "../../../src/runs/hold/told-facts.ts";

/** What is told of a call that is another than its task. */
function warned(task: string, args: object): string[] {
  return toldFacts(membersOf(JSON.stringify(args)), () => ({
    task: [{ text: task }],
    read: [],
  })).flatMap(({ text, weight }) => (weight === "plain" ? [] : [text]));
}

const team = ["ada@x.example", "benno@x.example", "carla@x.example", "dieter@x.example"];

it.each([
  [
    "Book 3 December 2026",
    { startsAt: "2027-12-03" },
    "startsAt is 2027-12-03, but the task says 2026-12-03",
  ],
  ["Book December 3rd, 2026", { startsAt: "2025-12-03T09:00Z" }, "but the task says 2026-12-03"],
  ["Buche den 3.12.2026", { startsAt: "2027-12-03" }, "but the task says 2026-12-03"],
  ["Book 2026-12-03", { startsAt: "2026-03-12" }, "but the task says 2026-12-03"],
  ["Give 500 µg", { dose: "500 mg" }, "dose is 500 mg, but the task says 500 µg"],
  ["Send $20 to Ada", { amount: 20, currency: "EUR" }, "amount is 20 EUR, but the task says $20"],
  [
    "Order 1,500 boxes",
    { order: { quantity: 1_500, unit: "pallets" } },
    "1500 pallets, but the task says 1,500 boxes",
  ],
  [
    "Pay DE02 1203 0000 0000 2020 51",
    { iban: "DE99999999999999992051" },
    'iban is DE99999999999999992051, but the task says "DE02 1203 0000 0000 2020 51"',
  ],
  [
    "Pay DE02 1203 0000 0000 2020 51 today",
    { iban: "DE02120300000000202015" },
    'but the task says "DE02 1203 0000 0000 2020 51"',
  ],
  [
    "Call +49 151 23456789",
    { phone: "+4915123465789" },
    'phone is +4915123465789, but the task says "+49 151 23456789"',
  ],
  ["Text 030/1234567", { phone: "030/1234568" }, "but the task says 030/1234567"],
  ["Set it to 49.90 EUR", { price: "499.90 EUR" }, 'price is "499.90 EUR", but the task says 49.9'],
  [
    "Pay DE02120300000000202051",
    { iban: "DE61700222000020112051" },
    "iban is DE61700222000020112051, but the task says DE02120300000000202051",
  ],
])("%s: %j is told to be another", (task, args, told) => {
  expect(warned(task, args)).toContainEqual(expect.stringContaining(told));
});

it.each([
  ["Book 3 December 2026", { startsAt: "2026-12-03T09:00:00Z" }],
  ["Move it from 2026-12-03 to 2027-12-03", { startsAt: "2027-12-03" }],
  ["Book 3 December 2026", { startsAt: "2026-12-04" }],
  ["Give 500 micrograms", { dose: "500 mcg" }],
  ["Order 40 boxes within 2 days", { quantity: 40, unit: "box", days: 2 }],
  ["Wait 5 min, then order 5 kg", { quantity: 5, unit: "kg" }],
  ["Order 5 of them", { quantity: 5, unit: "pallet" }],
  ["Send 20 EUR", { amount: 20, currency: "eur" }],
  ["Pay DE02120300000000202051", { iban: "DE02120300000000202051" }],
  ["Order 2 boxes of 20 kg", { count: 2, weight: 20, unit: "kg" }],
  ["Invite the team and eve@y.example", { to: [...team, "eve@y.example"] }],
  ["Invite the team", { to: team }],
  ["Pay DE02 1203 0000 0000 2020 51", { iban: "DE02120300000000202051" }],
  ["Call +49 151 23456789 or +49 151 23456780", { phone: "+4915123456780" }],
  ["Call (030) 123-4567", { phone: "030 1234567" }],
  ["Call her on 2026-12-03", { phone: "030 20261204" }],
  ["Set it to 49,90 €", { price: "49.90 EUR" }],
  ["Invite two", { to: ["ada@x.example", "eve@y.example"] }],
])("%s: %j is as it should be", (task, args) => {
  expect(warned(task, args)).toEqual([]);
});
