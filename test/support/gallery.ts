import type { HoldPlay, HoldTool } from "./holds.ts";

const text = { type: "string" };

/** Tools of an office, as servers and programs have them. */
export const officeTools: HoldTool[] = [
  {
    name: "refund_order",
    properties: {
      orderId: text,
      cents: { type: "integer", minimum: 1 },
      reason: text,
      notify: { type: "boolean" },
    },
    summary: "Refund {cents} cents on order {orderId}",
  },
  {
    name: "send_email",
    properties: { to: text, subject: text, body: text },
    annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  },
  {
    name: "write_file",
    properties: { path: text, content: text },
    annotations: { title: "Write File", readOnlyHint: false, destructiveHint: true },
  },
  {
    name: "delete_files",
    properties: { folder: text, pattern: text, recursive: { type: "boolean" } },
    annotations: { destructiveHint: true },
  },
  {
    name: "create_issue",
    properties: { title: text, repo: text, body: text, labels: { type: "array" } },
    annotations: { readOnlyHint: false, destructiveHint: false },
  },
  {
    name: "push_branch",
    properties: { branch: text, remote: text },
    annotations: { openWorldHint: true, readOnlyHint: false },
  },
  {
    name: "search_web",
    properties: { query: text },
    annotations: { readOnlyHint: true, openWorldHint: true },
    trusted: true,
  },
  {
    name: "read_file",
    properties: { path: text },
    annotations: { readOnlyHint: true },
    trusted: true,
  },
  { name: "run_command", properties: { command: text, cwd: text } },
  {
    name: "update_contact",
    properties: { id: { type: "integer" }, phone: text, address: { type: "object" } },
    annotations: { readOnlyHint: false, destructiveHint: false },
  },
];

export const refund: HoldPlay = {
  task: "Clear the August complaints\nRefund what customers paid for broken lamps.",
  says: "The customer is very upset; a full refund of the lamp is fine with the team lead. Please approve quickly.",
  read: '{"orderId":"ord_2291","total":"99.00","currency":"EUR"}',
  tool: "refund_order",
  args: { orderId: "ord_2291", cents: 99_000, reason: "lamp arrived broken", notify: true },
};

/** Thirty that wait: some alike, two of a high risk. */
export const thirty: HoldPlay[] = [
  refund,
  {
    task: "Free disk space on the build machine",
    tool: "delete_files",
    args: { folder: "/srv/app/releases", pattern: "2024-*", recursive: true },
  },
  {
    task: "Summarise the meeting in notes/plan.md",
    says: "I will write the summary now.",
    tool: "write_file",
    args: { path: "notes/plan.md", content: "# Plan\n\n- ship the inbox\n- call the bank\n" },
  },
  {
    task: "Triage the board of the web team",
    tool: "create_issue",
    args: {
      title: "Flaky test in CI",
      repo: "acme/web",
      body: "It fails one time in ten.",
      labels: ["ci", "flaky"],
    },
  },
  {
    task: "Fix the login bug",
    tool: "push_branch",
    args: { branch: "fix/login", remote: "origin" },
  },
  {
    task: "Fix the login bug and run the tests",
    tool: "run_command",
    args: { command: "npm test", cwd: "/srv/web" },
  },
  { task: "Write the release note", tool: "search_web", args: { query: "node 24 release date" } },
  { task: "Find out who broke the build", tool: "read_file", args: { path: "/var/log/build.log" } },
  {
    task: "Clean up the CRM",
    tool: "update_contact",
    args: { id: 1203, phone: "+49 30 1234567", address: { street: "Hauptstr. 5", city: "Berlin" } },
  },
  {
    task: "Write the minutes of Tuesday",
    tool: "write_file",
    args: { path: "minutes/tuesday.md", content: "We met.\n" },
  },
  ...Array.from({ length: 8 }, (_, index): HoldPlay => ({
    task: `Tell customers that order ${1001 + index} is late`,
    tool: "send_email",
    args: {
      to: `customer${index + 1}@example.com`,
      subject: `Your order ${1001 + index} is late`,
      body: `Dear customer,\n\nyour order ${1001 + index} will come three days later.\n`,
    },
  })),
  ...Array.from({ length: 12 }, (_, index): HoldPlay => ({
    task: `Ask for reviews, part ${index + 1}`,
    tool: ["create_issue", "push_branch", "update_contact", "run_command"][index % 4] ?? "",
    args: [
      { title: `Review ${index}`, repo: `acme/repo-${index}`, body: "Please look.", labels: [] },
      { branch: `review/${index}`, remote: `origin-${index}` },
      {
        id: 3000 + index,
        phone: "+49 30 7654321",
        address: { street: "Am Markt 1", city: "Bonn" },
      },
      { command: `git log -n ${index}`, cwd: "/srv/web" },
    ][index % 4] as HoldPlay["args"],
  })),
];
