import { expect } from "chai";
import { Tickets } from "./tickets.ts";

describe("tickets", () => {
  let now: number;
  let tickets: Tickets<string>;
  beforeEach(() => {
    now = 0;
    tickets = new Tickets(60_000, () => now);
  });

  it("open their own session, once", () => {
    const first = tickets.issue("first");
    const second = tickets.issue("second");
    expect(first.sessionId).to.match(/^ecs-execute-command-[0-9a-f]{17}$/);
    expect(tickets.redeem(first.sessionId, second.tokenValue)).to.equal(undefined);
    expect(tickets.redeem(first.sessionId, "")).to.equal(undefined);
    expect(tickets.redeem("another", first.tokenValue)).to.equal(undefined);
    expect(tickets.redeem(first.sessionId, first.tokenValue)).to.equal("first");
    expect(tickets.redeem(first.sessionId, first.tokenValue)).to.equal(undefined);
    expect(tickets.redeem(second.sessionId, second.tokenValue)).to.equal("second");
  });

  it("expire", () => {
    const ticket = tickets.issue("late");
    now = 60_000;
    expect(tickets.redeem(ticket.sessionId, ticket.tokenValue)).to.equal(undefined);
  });

  it("count only while they can be used", () => {
    tickets.issue("early");
    now = 30_000;
    tickets.issue("late");
    expect(tickets.size).to.equal(2);
    now = 60_000;
    expect(tickets.size).to.equal(1);
  });
});
